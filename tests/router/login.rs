//! Both logins, and a refusal told apart from a dead router.

use weir::model::secret::Secret;
use weir::routers::router_error::{FailureKind, RouterError};
use weir::routers::session::{Endpoint, Session, SessionLimits};

use super::peer::{Peer, WAIT, in_time, open};

#[tokio::test]
async fn a_router_that_wants_the_old_login_gets_the_hash() {
    let (endpoint, playing) = Peer::play(|mut peer| async move {
        assert_eq!(peer.hear().await.0, ["/login", "=name=weir", "=password=hotspot"]);
        peer.say(&["!done", "=ret=dd6e4aff9b3b9f4a1c2d3e4f50617283"]).await;
        let response = "=response=0069683a1e0141f8ec98ef259ea1a1b101";
        assert_eq!(peer.hear().await.0, ["/login", "=name=weir", response]);
        peer.say(&["!done"]).await;
        peer.hang().await;
    })
    .await;
    let session = Session::open_within(&endpoint, &Secret::new(b"hotspot".to_vec()), SessionLimits::default())
        .await
        .unwrap();
    session.close().await;
    in_time(playing).await.unwrap();
}

#[tokio::test]
async fn a_refused_login_is_told_apart_whatever_follows_it() {
    for said in ["invalid user name or password (6)", "cannot log in"] {
        for close in [false, true] {
            let (endpoint, _playing) = Peer::play(move |mut peer| async move {
                peer.hear().await;
                peer.say(&["!trap", &format!("=message={said}")]).await;
                if !close {
                    peer.say(&["!done"]).await;
                    peer.hang().await;
                }
            })
            .await;
            let error = in_time(open(&endpoint, SessionLimits::default())).await.unwrap_err();
            assert_eq!(error, RouterError::LoginRefused { said: said.into() });
            assert_eq!(error.kind(), FailureKind::LoginRefused);
        }
    }
}

#[tokio::test]
async fn the_old_login_can_be_refused_too() {
    let (endpoint, _playing) = Peer::play(|mut peer| async move {
        peer.hear().await;
        peer.say(&["!done", "=ret=dd6e4aff9b3b9f4a1c2d3e4f50617283"]).await;
        peer.hear().await;
        peer.say(&["!trap", "=message=cannot log in"]).await;
        peer.say(&["!done"]).await;
        peer.hang().await;
    })
    .await;
    let error = in_time(open(&endpoint, SessionLimits::default())).await.unwrap_err();
    assert_eq!(error.kind(), FailureKind::LoginRefused);
}

#[tokio::test]
async fn a_router_that_does_not_talk_is_down() {
    // Accepted, and never a byte.
    let (silent, _playing) = Peer::play(|mut peer| async move { peer.hang().await }).await;
    let error = in_time(open(
        &silent,
        SessionLimits {
            login: WAIT,
            ..SessionLimits::default()
        },
    ))
    .await
    .unwrap_err();
    assert!(
        matches!(&error, RouterError::TimedOut { waiting_for, .. } if waiting_for == "/login"),
        "{error}"
    );
    assert_eq!(error.kind(), FailureKind::Down);

    // Closed at once, as an `address=` restriction does.
    let (closing, _playing) = Peer::play(|peer| async move { drop(peer) }).await;
    let error = in_time(open(&closing, SessionLimits::default())).await.unwrap_err();
    assert!(matches!(error, RouterError::Closed { .. }), "{error}");

    // Too many sessions.
    let (full, _playing) = Peer::play(|mut peer| async move { peer.say(&["!fatal", "too many sessions"]).await }).await;
    let error = in_time(open(&full, SessionLimits::default())).await.unwrap_err();
    assert_eq!(
        error,
        RouterError::Fatal {
            said: "too many sessions".into()
        }
    );

    // Nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let nobody = Endpoint {
        host: "127.0.0.1".into(),
        port,
        username: "weir".into(),
    };
    let error = in_time(open(&nobody, SessionLimits::default())).await.unwrap_err();
    assert!(matches!(error, RouterError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_challenge_that_is_none_is_not_answered() {
    let (endpoint, playing) = Peer::play(|mut peer| async move {
        peer.hear().await;
        peer.say(&["!done", "=ret=12"]).await;
        assert!(peer.hear().await.0.is_empty());
    })
    .await;
    assert!(matches!(
        in_time(open(&endpoint, SessionLimits::default())).await,
        Err(RouterError::Garbage { .. })
    ));
    in_time(playing).await.unwrap();
}

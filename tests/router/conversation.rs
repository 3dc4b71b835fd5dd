//! Whatever a peer does, a run ends, and each answer belongs to the command that it was given for.

use std::time::Duration;

use weir::routers::facts;
use weir::routers::reply::CommandReply;
use weir::routers::router_error::RouterError;
use weir::routers::sentence::Command;
use weir::routers::session::{Session, SessionLimits, WINDOW};

use super::peer::{Peer, RUN, WAIT, impatient, in_time};

fn prints(count: usize) -> Vec<Command> {
    (0..count)
        .map(|at| Command::new("/t/print").with("at", at.to_string()))
        .collect()
}

fn names(reply: &CommandReply) -> Vec<String> {
    reply
        .rows
        .iter()
        .map(|row| row.text("name").unwrap().into_owned())
        .collect()
}

/// The error that a run of two commands ends with, when the peer hears both and then plays this; the session is dead then.
async fn error_after<F>(script: impl FnOnce(Peer, String) -> F + Send + 'static) -> RouterError
where
    F: Future<Output = ()> + Send + 'static,
{
    error_within(SessionLimits::default(), script).await
}

/// The same with other limits.
async fn error_within<F>(limits: SessionLimits, script: impl FnOnce(Peer, String) -> F + Send + 'static) -> RouterError
where
    F: Future<Output = ()> + Send + 'static,
{
    let (mut session, _playing) = Peer::after_login_within(limits, |mut peer| async move {
        let (_, first) = peer.hear().await;
        peer.hear().await;
        script(peer, first).await;
    })
    .await;
    let error = in_time(session.run(prints(2))).await.unwrap_err();
    assert!(
        matches!(session.run(prints(1)).await, Err(RouterError::Closed { .. })),
        "a failed session is dead"
    );
    error
}

async fn answers_of(session: &mut Session, count: usize) -> Vec<CommandReply> {
    in_time(session.run(prints(count))).await.unwrap()
}

#[tokio::test]
async fn replies_come_in_any_order_and_are_given_in_the_commands_order() {
    let (mut session, _playing) = Peer::after_login(|mut peer| async move {
        let (one, two) = (peer.hear().await.1, peer.hear().await.1);
        peer.say(&["!re", &two, "=name=b1"]).await;
        peer.say(&["!re", "=name=a1", &one]).await;
        peer.say(&["!done", &two]).await;
        peer.say(&["!re", &one, "=name=a2"]).await;
        peer.say(&["!done", &one]).await;
        peer.hang().await;
    })
    .await;
    let replies = answers_of(&mut session, 2).await;
    assert_eq!(names(&replies[0]), ["a1", "a2"]);
    assert_eq!(names(&replies[1]), ["b1"]);
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_its_end_is_read_before_the_next_command() {
    let (mut session, _playing) = Peer::after_login(|mut peer| async move {
        let (_, tag) = peer.hear().await;
        peer.say(&["!trap", &tag, "=category=0", "=message=no such item"]).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        peer.say(&["!done", &tag]).await;
        let (_, tag) = peer.hear().await;
        peer.say(&["!re", &tag, "=name=x"]).await;
        peer.say(&["!done", &tag]).await;
        peer.hang().await;
    })
    .await;
    assert_eq!(answers_of(&mut session, 1).await[0].refusal().unwrap(), "no such item");
    assert_eq!(names(&answers_of(&mut session, 1).await[0]), ["x"]);
}

#[tokio::test]
async fn empty_and_unknown_words_and_empty_sentences_are_passed_over() {
    let (mut session, _playing) = Peer::after_login(|mut peer| async move {
        let (_, tag) = peer.hear().await;
        peer.send(&[0, 0]).await;
        peer.say(&["!hint", "=text=x"]).await;
        peer.say(&["!progress", &tag, "=name=x"]).await;
        peer.say(&["!empty", &tag]).await;
        peer.send(&[0]).await;
        peer.say(&["!done", &tag]).await;
        peer.hang().await;
    })
    .await;
    assert_eq!(answers_of(&mut session, 1).await, [CommandReply::default()]);
}

#[tokio::test]
async fn an_answer_in_single_bytes_is_understood() {
    let (mut session, _playing) = Peer::after_login(|mut peer| async move {
        let (_, tag) = peer.hear().await;
        let long = format!("=name={}", "n".repeat(300));
        let mut bytes = Vec::new();
        for words in [&["!re", &tag, &long][..], &["!done", &tag]] {
            weir::routers::word::encode_sentence(words, &mut bytes).unwrap();
        }
        for byte in bytes {
            peer.send(&[byte]).await;
            tokio::task::yield_now().await;
        }
        peer.hang().await;
    })
    .await;
    assert_eq!(names(&answers_of(&mut session, 1).await[0])[0].len(), 300);
}

#[tokio::test]
async fn a_second_end_and_late_rows_go_to_nobody() {
    let (mut session, _playing) = Peer::after_login(|mut peer| async move {
        let (_, one) = peer.hear().await;
        let (_, two) = peer.hear().await;
        peer.say(&["!done", &one]).await;
        peer.say(&["!done", &one]).await;
        peer.say(&["!re", &one, "=name=late"]).await;
        peer.say(&["!done", &two]).await;
        let (_, three) = peer.hear().await;
        peer.say(&["!re", &two, "=name=late"]).await;
        peer.say(&["!trap", &one, "=message=late"]).await;
        peer.say(&["!re", &three, "=name=ours"]).await;
        peer.say(&["!done", &three]).await;
        peer.hang().await;
    })
    .await;
    assert_eq!(
        answers_of(&mut session, 2).await,
        [CommandReply::default(), CommandReply::default()]
    );
    let third = answers_of(&mut session, 1).await;
    assert_eq!((names(&third[0]), third[0].refusal()), (vec!["ours".to_owned()], None));
}

#[tokio::test]
async fn tags_are_never_used_twice_and_no_more_than_a_window_is_on_its_way() {
    let count = WINDOW * 2 + 1;
    let (mut session, playing) = Peer::after_login(move |mut peer| async move {
        let mut seen = std::collections::BTreeSet::new();
        let mut waiting = std::collections::VecDeque::new();
        for heard in 0..count {
            let (_, tag) = peer.hear().await;
            assert!(seen.insert(tag.clone()), "{tag} came twice");
            waiting.push_back(tag);
            if waiting.len() == WINDOW || heard + 1 == count {
                let quiet = tokio::time::timeout(Duration::from_millis(30), peer.hear()).await;
                assert!(quiet.is_err(), "more than a window");
                while let Some(tag) = waiting.pop_back() {
                    peer.say(&["!done", &tag]).await;
                }
            }
        }
        peer.hang().await;
    })
    .await;
    assert_eq!(answers_of(&mut session, count).await.len(), count);
    drop(session);
    in_time(playing).await.unwrap();
}

#[tokio::test]
async fn full_buffers_on_both_sides_stop_nobody() {
    let big = "x".repeat(60_000);
    let row = format!("=name={big}");
    let (mut session, _playing) = Peer::after_login(move |mut peer| async move {
        let (_, first) = peer.hear().await;
        // Far more than the buffers of a loopback connection, while the other side has as much to send.
        for _ in 0..200 {
            peer.say(&["!re", &first, &row]).await;
        }
        peer.say(&["!done", &first]).await;
        for _ in 0..199 {
            let (_, tag) = peer.hear().await;
            peer.say(&["!done", &tag]).await;
        }
        peer.hang().await;
    })
    .await;
    let commands = (0..200).map(|_| Command::new("/t/print").with("x", &big)).collect();
    let replies = in_time(session.run(commands)).await.unwrap();
    assert_eq!(replies[0].rows.len(), 200);
}

#[tokio::test]
async fn a_fatal_word_ends_the_run_with_the_routers_words() {
    let error = error_after(|mut peer, tag| async move {
        peer.say(&["!re", &tag, "=name=x"]).await;
        peer.say(&["!fatal", "session terminated on request"]).await;
    })
    .await;
    assert_eq!(
        error,
        RouterError::Fatal {
            said: "session terminated on request".into()
        }
    );
}

#[tokio::test]
async fn a_peer_that_hangs_is_left_after_the_wait() {
    let hang = error_within(impatient(), |mut peer, _| async move { peer.hang().await }).await;
    assert_eq!(
        hang,
        RouterError::TimedOut {
            waiting_for: "/t/print".into(),
            ms: WAIT.as_millis()
        }
    );
    // Between a refusal and its end, and in mid-word.
    for bytes in [b"\x05!trap\x06.tag=1\x00".as_slice(), b"\x03!re\x06.tag=1\x20=na"] {
        let error = error_within(impatient(), move |mut peer, _| async move {
            peer.send(bytes).await;
            peer.hang().await;
        })
        .await;
        assert!(matches!(error, RouterError::TimedOut { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_drip_is_no_progress_and_rows_without_end_meet_the_runs_limit() {
    let drip = error_within(impatient(), |mut peer, _| async move {
        peer.send(&[0x40]).await;
        for _ in 0..0x40 {
            peer.send(b"x").await;
            tokio::time::sleep(WAIT / 10).await;
        }
    })
    .await;
    assert_eq!(
        drip,
        RouterError::TimedOut {
            waiting_for: "/t/print".into(),
            ms: WAIT.as_millis()
        }
    );

    let (mut session, _playing) = Peer::after_login_within(impatient(), |mut peer| async move {
        let (_, tag) = peer.hear().await;
        loop {
            peer.say(&["!re", &tag, "=name=again"]).await;
            tokio::time::sleep(WAIT / 10).await;
        }
    })
    .await;
    let endless = in_time(session.run(prints(1))).await.unwrap_err();
    assert_eq!(
        endless,
        RouterError::TimedOut {
            waiting_for: "/t/print".into(),
            ms: RUN.as_millis()
        }
    );
}

#[tokio::test]
async fn what_cannot_be_attributed_ends_the_run() {
    let sentences: [&[&str]; 8] = [
        &["!done"],
        &["!re", "=name=whose"],
        &["!trap", "=message=whose"],
        &["!done", ".tag=77"],
        &["!done", ".tag=0"],
        &["!done", ".tag=01"],
        &["!done", ".tag=+1"],
        &["!done", ".tag="],
    ];
    for words in sentences {
        let error = error_after(move |mut peer, _| async move {
            peer.say(words).await;
            peer.hang().await;
        })
        .await;
        assert!(matches!(error, RouterError::Garbage { .. }), "{words:?}: {error}");
    }
}

#[tokio::test]
async fn garbage_and_giant_lengths_end_the_run() {
    for bytes in [
        b"\xff\xff\xff".as_slice(),
        b"\xf0\xff\xff\xff\xff",
        b"\x03GET\x00",
        b"\xe0\x20\x00\x00",
    ] {
        let error = error_after(move |mut peer, _| async move {
            peer.send(bytes).await;
            peer.hang().await;
        })
        .await;
        assert!(matches!(error, RouterError::Garbage { .. }), "{bytes:?}: {error}");
    }
    let noise: Vec<u8> = (0..4096_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for start in 0..64 {
        let noise = noise[start * 16..].to_vec();
        error_after(move |mut peer, _| async move { peer.send(&noise).await }).await;
    }
}

#[tokio::test]
async fn a_connection_that_closes_ends_the_run_wherever_it_closes() {
    for bytes in [b"".as_slice(), b"\x03!re", b"\x03!re\x06.tag=1\x00"] {
        let error = error_after(move |mut peer, _| async move { peer.send(bytes).await }).await;
        assert!(matches!(error, RouterError::Closed { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_leaves_a_dead_session() {
    let (mut session, _playing) = Peer::after_login(|mut peer| async move { peer.hang().await }).await;
    assert!(tokio::time::timeout(WAIT / 3, session.run(prints(1))).await.is_err());
    assert!(matches!(session.run(prints(1)).await, Err(RouterError::Closed { .. })));
}

#[tokio::test]
async fn facts_are_read_and_a_menu_that_is_not_there_is_left_out() {
    let (mut session, _playing) = Peer::after_login(|mut peer| async move {
        let resource = "!re =uptime=1w2d03:04:05 =version=6.49.10 =board-name=hAP =architecture-name=mipsbe";
        peer.exchange("/system/resource/print", &[resource]).await;
        peer.exchange("/system/identity/print", &["!trap =message=denied"])
            .await;
        let absent = "!trap =message=no_such_command_prefix";
        peer.exchange("/system/routerboard/print", &[absent]).await;
        peer.exchange("/system/license/print", &["!re =system-id=rVTk3y9Jp2E"])
            .await;
        peer.hang().await;
    })
    .await;
    let facts = in_time(facts::read(&mut session)).await.unwrap();
    assert_eq!((facts.uptime_s, facts.identity), (Some(788_645), None));
    assert_eq!(facts.version.as_deref(), Some("6.49.10"));
    assert_eq!(facts.board.as_deref(), Some("hAP"));
    assert_eq!(facts.architecture.as_deref(), Some("mipsbe"));
    assert_eq!(
        facts.serial.as_deref(),
        Some("rVTk3y9Jp2E"),
        "a virtual router has a licence"
    );
}

//! What is said for a secret and its sessions, word by word.

use weir::model::name::ProfileName;
use weir::model::router::work::Target;
use weir::model::subscriber::Access;
use weir::routers::access::{self, DesiredState, Interrupted};
use weir::routers::outcome::{ApplyOutcome, Drift};
use weir::routers::router_error::RouterError;

use super::peer::{Peer, in_time};

const SECRET: &str = "/ppp/secret/print =.proplist=.id,name,disabled,profile,dynamic";
const ACTIVE: &str = "/ppp/active/print =.proplist=.id,name,radius";

fn desired(name: &str, access: Access, suspended: Option<&str>) -> DesiredState {
    let profile = |text: &str| ProfileName::new(text).unwrap();
    let target = Target::Pppoe {
        name: name.into(),
        access,
        profile: Some(profile("fast")),
        suspended_profile: suspended.map(profile),
    };
    DesiredState {
        target,
        end_session: false,
    }
}

/// Plays exchanges in order: a command with its query, and the answers.
async fn outcome(
    desired: &[DesiredState],
    script: Vec<(String, Vec<String>)>,
) -> Result<Vec<ApplyOutcome>, Interrupted> {
    let (mut session, playing) = Peer::after_login(|mut peer| async move {
        for (expected, answers) in script {
            let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
            peer.exchange(&expected, &answers).await;
        }
        assert!(peer.hear().await.0.is_empty(), "nothing more is said");
    })
    .await;
    let done = in_time(access::apply(&mut session, desired)).await;
    drop(session);
    in_time(playing).await.unwrap();
    done
}

fn said(command: impl Into<String>, answers: &[&str]) -> (String, Vec<String>) {
    (
        command.into(),
        answers.iter().map(|&answer| answer.to_owned()).collect(),
    )
}

fn secret(id: &str, name: &str, disabled: &str, profile: &str) -> String {
    format!("!re =.id={id} =name={name} =disabled={disabled} =profile={profile}")
}

fn equal(done: &ApplyOutcome) -> bool {
    matches!(done, ApplyOutcome::Equal { .. })
}

#[tokio::test]
async fn a_suspension_disables_then_ends_then_reads_back() {
    let done = outcome(
        &[desired("amina", Access::Off, None)],
        vec![
            said(
                format!("{SECRET} ?name=amina"),
                &[&secret("*5", "amina", "false", "fast")],
            ),
            said("/ppp/secret/set =.id=*5 =disabled=yes", &[]),
            said(
                format!("{SECRET} ?name=amina"),
                &[&secret("*5", "amina", "true", "fast")],
            ),
            said(
                format!("{ACTIVE} ?name=amina"),
                &["!re =.id=*80 =name=amina", "!re =.id=*81 =name=amina"],
            ),
            said("/ppp/active/remove =.id=*80,*81", &[]),
            said(format!("{ACTIVE} ?name=amina"), &[]),
        ],
    )
    .await
    .unwrap();
    assert_eq!(
        done,
        [ApplyOutcome::Equal {
            changed: true,
            said: "disabled, profile `fast`; 2 sessions ended".into()
        }]
    );
}

#[tokio::test]
async fn a_client_that_dials_in_between_is_removed_as_often_as_it_takes_and_no_more_than_three_times() {
    let head = || {
        vec![
            said(
                format!("{SECRET} ?name=amina"),
                &[&secret("*5", "amina", "yes", "fast")],
            ),
            said(format!("{ACTIVE} ?name=amina"), &["!re =.id=*80 =name=amina"]),
            said("/ppp/active/remove =.id=*80", &["!trap =message=no"]),
            said(format!("{ACTIVE} ?name=amina"), &["!re =.id=*81 =name=amina"]),
        ]
    };
    let desired = [desired("amina", Access::Off, None)];
    // A refusal that says that it is gone is success; the new session goes as well.
    let mut twice = head();
    twice[2].1 = vec!["!trap =message=no such item".into()];
    twice.push(said("/ppp/active/remove =.id=*81", &[]));
    twice.push(said(format!("{ACTIVE} ?name=amina"), &[]));
    assert!(equal(&outcome(&desired, twice).await.unwrap()[0]));

    let mut for_ever = head();
    for_ever[2].1 = vec![];
    for (removed, next) in [("*81", "*82"), ("*82", "*83")] {
        for_ever.push(said(format!("/ppp/active/remove =.id={removed}"), &[]));
        let row = format!("!re =.id={next} =name=amina");
        for_ever.push(said(format!("{ACTIVE} ?name=amina"), &[&row]));
    }
    let done = outcome(&desired, for_ever).await.unwrap();
    assert!(
        matches!(&done[0], ApplyOutcome::Unsettled { said } if said.contains("1 session still up")),
        "{done:?}"
    );

    let refused = outcome(&desired, head()).await.unwrap();
    assert!(
        matches!(&refused[0], ApplyOutcome::Refused { said } if said.starts_with("no (")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_is_as_wanted_is_read_and_left() {
    let rows = [secret("*1", "on", "no", "fast"), secret("*2", "walled", "no", "slow")];
    let done = outcome(
        &[
            desired("on", Access::On, Some("slow")),
            desired("walled", Access::Off, Some("slow")),
        ],
        vec![said(
            format!("{SECRET} ?name=on ?name=walled ?#|"),
            &[&rows[0], &rows[1]],
        )],
    )
    .await
    .unwrap();
    assert!(
        done.iter()
            .all(|done| matches!(done, ApplyOutcome::Equal { changed: false, .. })),
        "{done:?}"
    );
}

#[tokio::test]
async fn a_suspended_profile_ends_the_session_once_and_leaves_the_one_dialled_with_it() {
    let done = outcome(
        &[desired("amina", Access::Off, Some("slow"))],
        vec![
            said(format!("{SECRET} ?name=amina"), &[&secret("*5", "amina", "no", "fast")]),
            said("/ppp/secret/set =.id=*5 =profile=slow", &[]),
            said(format!("{SECRET} ?name=amina"), &[&secret("*5", "amina", "no", "slow")]),
            said(format!("{ACTIVE} ?name=amina"), &["!re =.id=*80 =name=amina"]),
            said("/ppp/active/remove =.id=*80", &[]),
            said(format!("{ACTIVE} ?name=amina"), &["!re =.id=*81 =name=amina"]),
        ],
    )
    .await
    .unwrap();
    assert!(equal(&done[0]), "{done:?}");
}

#[tokio::test]
async fn a_resume_sets_what_differs_in_one_command_and_ends_the_old_session_where_the_profile_changes() {
    let off = [
        secret("*1", "a", "yes", "slow"),
        secret("*2", "b", "yes", "fast"),
        secret("*3", "c", "no", "slow"),
    ];
    let on = [
        secret("*1", "a", "no", "fast"),
        secret("*2", "b", "no", "fast"),
        secret("*3", "c", "no", "fast"),
    ];
    let names = "?name=a ?name=b ?name=c ?#||";
    let done = outcome(
        &["a", "b", "c"].map(|name| desired(name, Access::On, Some("slow"))),
        vec![
            said(format!("{SECRET} {names}"), &[&off[0], &off[1], &off[2]]),
            said("/ppp/secret/set =.id=*2 =disabled=no", &[]),
            said("/ppp/secret/set =.id=*1 =disabled=no =profile=fast", &[]),
            said("/ppp/secret/set =.id=*3 =profile=fast", &[]),
            said(format!("{SECRET} {names}"), &[&on[0], &on[1], &on[2]]),
            said(format!("{ACTIVE} {names}"), &["!re =.id=*80 =name=c"]),
            said("/ppp/active/remove =.id=*80", &[]),
            said(format!("{ACTIVE} ?name=c"), &[]),
        ],
    )
    .await
    .unwrap();
    assert!(
        done.iter()
            .all(|done| matches!(done, ApplyOutcome::Equal { changed: true, .. })),
        "{done:?}"
    );
}

#[tokio::test]
async fn a_refused_list_is_read_again_and_finished_row_by_row() {
    let names = "?name=a ?name=b ?name=c ?#||";
    let before = ["a", "b", "c"].map(|name| secret(&format!("*{name}"), name, "no", "fast"));
    let halfway = [secret("*a", "a", "yes", "fast"), before[1].clone(), before[2].clone()];
    let after = [halfway[0].clone(), before[1].clone(), secret("*c", "c", "yes", "fast")];
    let done = outcome(
        &["a", "b", "c"].map(|name| desired(name, Access::Off, None)),
        vec![
            said(format!("{SECRET} {names}"), &[&before[0], &before[1], &before[2]]),
            said("/ppp/secret/set =.id=*a,*b,*c =disabled=yes", &["!trap =message=busy"]),
            said(format!("{SECRET} {names}"), &[&halfway[0], &halfway[1], &halfway[2]]),
            said("/ppp/secret/set =.id=*b =disabled=yes", &["!trap =message=busy"]),
            said("/ppp/secret/set =.id=*c =disabled=yes", &[]),
            said(format!("{SECRET} {names}"), &[&after[0], &after[1], &after[2]]),
            said(format!("{ACTIVE} ?name=a ?name=c ?#|"), &[]),
        ],
    )
    .await
    .unwrap();
    assert!(equal(&done[0]) && equal(&done[2]), "{done:?}");
    assert_eq!(done[1], ApplyOutcome::Refused { said: "busy".into() });
}

#[tokio::test]
async fn a_missing_right_is_asked_for_once_and_not_row_by_row() {
    let rows = [secret("*1", "a", "no", "fast"), secret("*2", "b", "no", "fast")];
    let names = "?name=a ?name=b ?#|";
    let print = || said(format!("{SECRET} {names}"), &[&rows[0], &rows[1]]);
    let refusal = "!trap =message=not enough permissions (9)";
    let set = said("/ppp/secret/set =.id=*1,*2 =disabled=yes", &[refusal]);
    let desired = ["a", "b"].map(|name| desired(name, Access::Off, None));
    let done = outcome(&desired, vec![print(), set, print()]).await.unwrap();
    let refused = ApplyOutcome::Refused {
        said: "not enough permissions (9)".into(),
    };
    assert_eq!(done, [refused.clone(), refused]);
}

#[tokio::test]
async fn no_session_is_ended_where_the_secret_did_not_change() {
    let row = || secret("*5", "amina", "no", "fast");
    let done = outcome(
        &[desired("amina", Access::Off, Some("slow"))],
        vec![
            said(format!("{SECRET} ?name=amina"), &[&row()]),
            said("/ppp/secret/set =.id=*5 =profile=slow", &[]),
            said(format!("{SECRET} ?name=amina"), &[&row()]),
            said(format!("{ACTIVE} ?name=amina"), &["!re =.id=*80 =name=amina"]),
        ],
    )
    .await
    .unwrap();
    assert!(
        matches!(&done[0], ApplyOutcome::Unsettled { said } if said.contains("enabled, profile `fast`")),
        "{done:?}"
    );
}

#[tokio::test]
async fn a_session_is_ended_once_where_that_is_wished_for_and_nothing_differs() {
    let mut desired = desired("amina", Access::On, None);
    desired.end_session = true;
    let done = outcome(
        &[desired],
        vec![
            said(format!("{SECRET} ?name=amina"), &[&secret("*5", "amina", "no", "fast")]),
            said(format!("{ACTIVE} ?name=amina"), &["!re =.id=*80 =name=amina"]),
            said("/ppp/active/remove =.id=*80", &[]),
            said(format!("{ACTIVE} ?name=amina"), &["!re =.id=*81 =name=amina"]),
        ],
    )
    .await
    .unwrap();
    assert!(equal(&done[0]), "{done:?}");
}

#[tokio::test]
async fn only_the_very_name_counts() {
    let done = outcome(
        &[desired("amina", Access::Off, None)],
        vec![
            said(format!("{SECRET} ?name=amina"), &[&secret("*1", "AMINA", "no", "fast")]),
            said("/ppp/secret/print =count-only= =.proplist=.id", &[]),
        ],
    )
    .await
    .unwrap();
    assert_eq!(done, [ApplyOutcome::Absent { table_has_rows: false }]);
}

#[tokio::test]
async fn what_is_absent_is_told_with_whether_the_table_has_rows() {
    for (count, table_has_rows) in [("0", false), ("12", true)] {
        let (mut session, _playing) = Peer::after_login(move |mut peer| async move {
            peer.exchange(&format!("{SECRET} ?name=amina"), &["!empty"]).await;
            let (words, tag) = peer.hear().await;
            assert_eq!(words[1], "=count-only=");
            peer.say(&["!done", &tag, &format!("=ret={count}")]).await;
            if table_has_rows {
                // The rows may have come just now: it is looked for once more.
                peer.exchange(&format!("{SECRET} ?name=amina"), &["!empty"]).await;
            }
            peer.hang().await;
        })
        .await;
        let done = in_time(access::apply(&mut session, &[desired("amina", Access::Off, None)]))
            .await
            .unwrap();
        assert_eq!(done, [ApplyOutcome::Absent { table_has_rows }]);
    }
}

#[tokio::test]
async fn a_session_that_radius_allowed_is_reported_and_left() {
    let done = outcome(
        &[desired("amina", Access::Off, None)],
        vec![
            said(
                format!("{SECRET} ?name=amina"),
                &[&secret("*5", "amina", "yes", "fast")],
            ),
            said(
                format!("{ACTIVE} ?name=amina"),
                &["!re =.id=*80 =name=amina =radius=true"],
            ),
        ],
    )
    .await
    .unwrap();
    assert!(
        matches!(&done[0], ApplyOutcome::Refused { said } if said.contains("RADIUS")),
        "{done:?}"
    );
}

#[tokio::test]
async fn a_refused_reading_is_not_taken_for_an_empty_table() {
    let script = vec![said(format!("{SECRET} ?name=amina"), &["!trap =message=busy"])];
    // The conversation goes on: other tables may be readable.
    let done = outcome(&[desired("amina", Access::Off, None)], script).await.unwrap();
    assert!(
        matches!(&done[0], ApplyOutcome::Refused { said } if said.contains("`/ppp/secret/print`: `busy`")),
        "{done:?}"
    );
}

#[tokio::test]
async fn what_was_confirmed_before_a_break_is_kept() {
    let names: Vec<String> = (0..201).map(|at| format!("u{at}")).collect();
    let desired: Vec<DesiredState> = names.iter().map(|name| desired(name, Access::On, None)).collect();
    let (mut session, _playing) = Peer::after_login(move |mut peer| async move {
        let (_, tag) = peer.hear().await;
        for (at, name) in names.iter().take(200).enumerate() {
            let row = secret(&format!("*{at}"), name, "no", "fast");
            peer.say(&row.split(' ').chain([tag.as_str()]).collect::<Vec<_>>())
                .await;
        }
        peer.say(&["!done", &tag]).await;
        peer.hear().await;
        peer.say(&["!fatal", "going down"]).await;
    })
    .await;
    let broken = in_time(access::apply(&mut session, &desired)).await.unwrap_err();
    assert_eq!(
        broken.error,
        RouterError::Fatal {
            said: "going down".into()
        }
    );
    assert_eq!(broken.done.iter().flatten().count(), 200);
    assert_eq!(broken.done[200], None);
}

#[tokio::test]
async fn a_difference_is_told_by_reading_alone() {
    let (mut session, playing) = Peer::after_login(|mut peer| async move {
        let names = "?name=a ?name=b ?name=c ?#||";
        let rows = [secret("*1", "a", "yes", "fast"), secret("*2", "b", "no", "slow")];
        peer.exchange(&format!("{SECRET} {names}"), &[&rows[0], &rows[1]]).await;
        peer.exchange(&format!("{ACTIVE} {names}"), &["!re =.id=*80 =name=a"])
            .await;
        assert!(peer.hear().await.0.is_empty());
    })
    .await;
    let desired = [
        desired("a", Access::Off, None),
        desired("b", Access::On, None),
        desired("c", Access::On, None),
    ];
    let targets = desired.map(|desired| desired.target);
    let found = in_time(access::look(&mut session, &targets)).await.unwrap();
    let standings: Vec<_> = found.iter().map(|found| &found.standing).collect();
    assert_eq!(standings, [&Drift::Different, &Drift::Different, &Drift::Absent]);
    assert_eq!(found[0].found, "disabled, profile `fast`, 1 session");
    assert_eq!(
        (found[1].wanted.as_str(), found[1].found.as_str()),
        ("enabled, profile `fast`", "enabled, profile `slow`, no session")
    );
    drop(session);
    in_time(playing).await.unwrap();
}

//! What is said for a queue and an address list, word by word.

use std::net::Ipv4Addr;

use weir::model::package::Rate;
use weir::model::router::work::{StaticMethod, Target};
use weir::model::subscriber::Access;
use weir::routers::access::{self, DesiredState};
use weir::routers::outcome::ApplyOutcome;

use super::peer::{Peer, in_time};

const QUEUE: &str = "/queue/simple/print =.proplist=.id,name,target,max-limit,dynamic,disabled";
const LIST: &str = "/ip/firewall/address-list/print =.proplist=.id,list,address,comment,dynamic,disabled";

fn desired(access: Access, rate: Option<&str>, list: Option<&str>) -> DesiredState {
    let target = Target::Static {
        name: "shop".into(),
        not_named: None,
        address: Some(Ipv4Addr::new(10, 0, 0, 5)),
        access,
        rate: rate.map(|rate| Rate::parse(rate).unwrap()),
        method: list.map_or(StaticMethod::Queue, |list| StaticMethod::AddressList(list.into())),
    };
    DesiredState {
        target,
        end_session: false,
    }
}

/// The outcome of one wish, when the peer hears these commands and gives these answers.
async fn outcome(desired: DesiredState, script: &[(&str, &[&str])]) -> ApplyOutcome {
    let script: Vec<(String, Vec<String>)> = script
        .iter()
        .map(|(command, answers)| {
            let command = command.replace("QUEUE", QUEUE).replace("LIST", LIST);
            (command, answers.iter().map(|&answer| answer.to_owned()).collect())
        })
        .collect();
    let (mut session, playing) = Peer::after_login(|mut peer| async move {
        for (expected, answers) in script {
            peer.exchange(&expected, &answers.iter().map(String::as_str).collect::<Vec<_>>())
                .await;
        }
        assert!(peer.hear().await.0.is_empty(), "nothing more is said");
    })
    .await;
    let mut done = in_time(access::apply(&mut session, &[desired])).await.unwrap();
    drop(session);
    in_time(playing).await.unwrap();
    done.remove(0)
}

const FULL: &str = "!re =.id=*1 =name=shop =target=10.0.0.5/32 =max-limit=10000000/10000000";
const CUT: &str = "!re =.id=*1 =name=shop =target=10.0.0.5/32 =max-limit=1000/1000";
const LISTED: &str = "!re =.id=*7 =list=cut =address=10.0.0.5 =comment=weir:shop";

#[tokio::test]
async fn off_sets_the_queue_and_on_gives_it_its_rate_back() {
    let off = outcome(
        desired(Access::Off, Some("10M/10M"), None),
        &[
            ("QUEUE ?name=shop", &[FULL]),
            ("LIST ?address=10.0.0.5", &[]),
            ("/queue/simple/set =.id=*1 =max-limit=1k/1k", &[]),
            ("QUEUE ?name=shop", &[CUT]),
            ("LIST ?address=10.0.0.5", &[]),
        ],
    )
    .await;
    assert_eq!(
        off,
        ApplyOutcome::Equal {
            changed: true,
            said: "max-limit 1k/1k".into()
        }
    );
    let on = outcome(
        desired(Access::On, Some("10M/10M"), None),
        &[
            ("QUEUE ?name=shop", &[CUT]),
            ("LIST ?address=10.0.0.5", &[]),
            ("/queue/simple/set =.id=*1 =max-limit=10000000/10000000", &[]),
            ("QUEUE ?name=shop", &[FULL]),
            ("LIST ?address=10.0.0.5", &[]),
        ],
    )
    .await;
    assert!(matches!(on, ApplyOutcome::Equal { changed: true, .. }));
}

#[tokio::test]
async fn either_method_counts_as_cut_off() {
    for list in [None, Some("cut")] {
        for (queue, entry) in [(CUT, &[][..]), (FULL, &[LISTED])] {
            let script = [
                ("QUEUE ?name=shop", std::slice::from_ref(&queue)),
                ("LIST ?address=10.0.0.5", entry),
            ];
            let done = outcome(desired(Access::Off, None, list), &script).await;
            assert!(matches!(done, ApplyOutcome::Equal { changed: false, .. }), "{done:?}");
        }
    }
}

#[tokio::test]
async fn a_resume_takes_the_address_off_the_list_however_it_was_cut() {
    let done = outcome(
        desired(Access::On, Some("10M/10M"), None),
        &[
            ("QUEUE ?name=shop", &[CUT]),
            (
                "LIST ?address=10.0.0.5",
                &[LISTED, "!re =.id=*8 =list=other =address=10.0.0.5 =comment=mine"],
            ),
            ("/queue/simple/set =.id=*1 =max-limit=10000000/10000000", &[]),
            ("/ip/firewall/address-list/remove =.id=*7", &[]),
            ("QUEUE ?name=shop", &[FULL]),
            (
                "LIST ?address=10.0.0.5",
                &["!re =.id=*8 =list=other =address=10.0.0.5 =comment=mine"],
            ),
        ],
    )
    .await;
    assert!(matches!(done, ApplyOutcome::Equal { changed: true, .. }));
}

#[tokio::test]
async fn the_list_needs_no_queue_and_a_timed_entry_counts_as_nothing() {
    let timed = "!re =.id=*6 =list=cut =address=10.0.0.5 =dynamic=true";
    let by_target = "QUEUE ?target=10.0.0.5/32";
    let done = outcome(
        desired(Access::Off, None, Some("cut")),
        &[
            ("QUEUE ?name=shop", &[]),
            ("LIST ?address=10.0.0.5", &[timed]),
            (by_target, &[]),
            (
                "/ip/firewall/address-list/add =list=cut =address=10.0.0.5 =comment=weir:shop",
                &[],
            ),
            ("QUEUE ?name=shop", &[]),
            ("LIST ?address=10.0.0.5", &[timed, LISTED]),
            (by_target, &[]),
        ],
    )
    .await;
    assert_eq!(
        done,
        ApplyOutcome::Equal {
            changed: true,
            said: "no queue, on the list".into()
        }
    );
    let on = outcome(
        desired(Access::On, None, Some("cut")),
        &[
            ("QUEUE ?name=shop", &[]),
            ("LIST ?address=10.0.0.5", &[]),
            (by_target, &[]),
        ],
    )
    .await;
    assert!(matches!(on, ApplyOutcome::Equal { changed: false, .. }));
}

#[tokio::test]
async fn a_queue_is_found_by_its_target_and_a_dynamic_one_is_left() {
    let unnamed = |limit| format!("!re =.id=*3 =name=queue3 =target=10.0.0.5/32 =max-limit={limit}");
    let (before, after) = (unnamed("0/0"), unnamed("1000/1000"));
    let done = outcome(
        desired(Access::Off, None, None),
        &[
            ("QUEUE ?name=shop", &[]),
            ("LIST ?address=10.0.0.5", &[]),
            ("QUEUE ?target=10.0.0.5/32", &[&before]),
            ("/queue/simple/set =.id=*3 =max-limit=1k/1k", &[]),
            ("QUEUE ?name=shop", &[]),
            ("LIST ?address=10.0.0.5", &[]),
            ("QUEUE ?target=10.0.0.5/32", &[&after]),
        ],
    )
    .await;
    assert!(matches!(done, ApplyOutcome::Equal { changed: true, .. }));
    let dynamic = format!("{before} =dynamic=true");
    let done = outcome(
        desired(Access::Off, None, None),
        &[
            ("QUEUE ?name=shop", &[]),
            ("LIST ?address=10.0.0.5", &[]),
            ("QUEUE ?target=10.0.0.5/32", &[&dynamic]),
        ],
    )
    .await;
    assert!(matches!(done, ApplyOutcome::Refused { said } if said.contains("dynamic")));
}

#[tokio::test]
async fn a_queue_without_a_stated_rate_is_not_guessed() {
    let script: &[(&str, &[&str])] = &[("QUEUE ?name=shop", &[CUT]), ("LIST ?address=10.0.0.5", &[])];
    let done = outcome(desired(Access::On, None, None), script).await;
    assert!(
        matches!(&done, ApplyOutcome::Refused { said } if said.contains("give its package a `rate`")),
        "{done:?}"
    );
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_absent() {
    let done = outcome(
        desired(Access::Off, None, None),
        &[
            ("QUEUE ?name=shop", &[]),
            ("LIST ?address=10.0.0.5", &[]),
            ("QUEUE ?target=10.0.0.5/32", &[]),
            ("/queue/simple/print =count-only= =.proplist=.id", &["!re =.id=*9"]),
            // The rows may have come just now: it is looked for once more.
            ("QUEUE ?name=shop", &[]),
            ("LIST ?address=10.0.0.5", &[]),
            ("QUEUE ?target=10.0.0.5/32", &[]),
        ],
    )
    .await;
    assert_eq!(done, ApplyOutcome::Absent { table_has_rows: true });
}

#[tokio::test]
async fn an_entry_that_is_there_already_is_success_once_it_is_read() {
    let by_target = "QUEUE ?target=10.0.0.5/32";
    let timed = "!re =.id=*6 =list=cut =address=10.0.0.5 =dynamic=true";
    for (entry, success) in [(LISTED, true), (timed, false)] {
        let done = outcome(
            desired(Access::Off, None, Some("cut")),
            &[
                ("QUEUE ?name=shop", &[]),
                ("LIST ?address=10.0.0.5", &[]),
                (by_target, &[]),
                (
                    "/ip/firewall/address-list/add =list=cut =address=10.0.0.5 =comment=weir:shop",
                    &["!trap =message=failure: already have such entry"],
                ),
                ("QUEUE ?name=shop", &[]),
                ("LIST ?address=10.0.0.5", &[entry]),
                (by_target, &[]),
            ],
        )
        .await;
        assert_eq!(matches!(done, ApplyOutcome::Equal { .. }), success, "{done:?}");
        assert_eq!(matches!(done, ApplyOutcome::Refused { .. }), !success, "{done:?}");
    }
}

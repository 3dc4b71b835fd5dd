//! The box watches itself.

use weir::model::record::LogKind;

use super::site::HealthSite;

#[test]
fn the_system_says_how_much_room_there_is() {
    let site = HealthSite::new(0);
    let room = weir::store::free_space::of(&site.data()).unwrap();
    assert!(room.total > 0 && room.free <= room.total, "{room:?}");
    assert_eq!(weir::store::free_space::of(&site.data().join("nowhere")), None);
}

#[test]
fn a_job_that_has_not_run_for_an_hour_is_told_once_and_its_run_ends_that() {
    let mut site = HealthSite::new(1);
    // The scheduler does not work: billing's 00:05 passes.
    site.minutes_pass(12 * 60 + 45);
    assert!(site.alerts().iter().all(|alert| !alert.starts_with("overdue")));
    site.minutes_pass(90);
    let overdue: Vec<String> = site
        .alerts()
        .into_iter()
        .filter(|alert| alert.starts_with("overdue"))
        .collect();
    assert_eq!(overdue, ["overdue billing", "overdue disconnect"]);
    let told = site.messages(LogKind::Alert);
    assert!(
        told.iter()
            .any(|text| text.contains("job `billing`") && text.contains("the test says so"))
    );
    site.appliance.work_off().unwrap();
    site.minutes_pass(15);
    assert!(
        site.alerts().iter().all(|alert| !alert.starts_with("overdue")),
        "{:?}",
        site.alerts()
    );
}

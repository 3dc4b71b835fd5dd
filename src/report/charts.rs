//! How are figures drawn?
//!
//! They are SVG within the page: with a title and a description for those who hear it, generic fonts, and no address of any
//! kind. Each chart is drawn twice, for a narrow page and for a wide one, so that its words can be read on both. A table with
//! the same figures is beside each.

use std::error::Error;

use maud::{Markup, PreEscaped, html};
use plotters::prelude::*;

use crate::model::money::Currency;
use crate::report::figures::DayMoney;
use crate::report::numbers::short;

/// The colour of what was billed.
pub(super) const BILLED: &str = "#a9b8c6";
/// The colour of what was collected.
pub(super) const COLLECTED: &str = "#1f6f8b";
const BILLED_RGB: RGBColor = RGBColor(0xa9, 0xb8, 0xc6);
const COLLECTED_RGB: RGBColor = RGBColor(0x1f, 0x6f, 0x8b);
const INK: RGBColor = RGBColor(0x1b, 0x27, 0x33);
const FAINT: RGBColor = RGBColor(0xe6, 0xeb, 0xf0);
const TRACK: RGBColor = RGBColor(0xee, 0xf2, 0xf5);

/// Columns of the x axis that belong to one day; its two bars take eight of them.
const DAY_COLUMNS: i32 = 10;

/// A place for a chart: how large it is drawn, and on which page it shows.
#[derive(Clone, Copy)]
struct ChartFrame {
    class: &'static str,
    width: u32,
    height: u32,
}

/// What a chart is called, and what it says in words.
pub(super) struct ChartCaption<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) words: &'a str,
}

/// A bar of a chart that lies: its name, how long it is, and the text at its end.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) length: u64,
    pub(super) label: String,
}

/// Draws two bars for each day: billed and collected.
pub(super) fn by_day(said: &ChartCaption<'_>, days: &[DayMoney], currency: &Currency) -> Markup {
    let narrow = ChartFrame {
        class: "narrow",
        width: 360,
        height: 220,
    };
    let wide = ChartFrame {
        class: "wide",
        width: 900,
        height: 260,
    };
    both(said, narrow, wide, |place| draw_days(place, days, currency))
}

/// Draws a horizontal bar for each row; `full` is the longest that is possible.
pub(super) fn lying(said: &ChartCaption<'_>, bars: &[Bar], full: u64) -> Markup {
    let rows = u32::try_from(bars.len()).unwrap_or(1);
    let narrow = ChartFrame {
        class: "narrow",
        width: 360,
        height: rows.saturating_mul(44).saturating_add(4),
    };
    let wide = ChartFrame {
        class: "wide",
        width: 900,
        height: rows.saturating_mul(30).saturating_add(4),
    };
    both(said, narrow, wide, |place| draw_lying(place, bars, full))
}

fn both(
    said: &ChartCaption<'_>,
    narrow: ChartFrame,
    wide: ChartFrame,
    draw: impl Fn(ChartFrame) -> Result<String, Box<dyn Error>>,
) -> Markup {
    let drawn = |place: ChartFrame| match draw(place) {
        Ok(svg) => framed(said, place, &svg),
        // The table beside it has the same figures.
        Err(error) => {
            tracing::warn!(%error, chart = said.id, "a chart could not be drawn");
            html! {}
        }
    };
    html! { (drawn(narrow)) (drawn(wide)) }
}

/// Returns the drawing in an element that a screen reader can read, without its own outer element, which names an
/// address.
fn framed(said: &ChartCaption<'_>, place: ChartFrame, svg: &str) -> Markup {
    let inner = svg.split_once('>').map_or("", |(_, rest)| rest);
    let inner = inner.rsplit_once("</svg>").map_or("", |(inner, _)| inner);
    let title = format!("{}-{}-title", said.id, place.class);
    let words = format!("{}-{}-words", said.id, place.class);
    html! {
        svg class=(place.class) viewBox=(format!("0 0 {} {}", place.width, place.height)) role="img"
            aria-labelledby=(format!("{title} {words}")) {
            title id=(title) { (said.title) }
            desc id=(words) { (said.words) }
            (PreEscaped(inner))
        }
    }
}

fn draw_days(place: ChartFrame, days: &[DayMoney], currency: &Currency) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    let most = days
        .iter()
        .map(|day| day.billed.max(day.collected).minor())
        .max()
        .unwrap_or(0);
    // A tenth of air above the highest bar.
    let top = most.saturating_add(most / 10).max(100);
    let last = i32::try_from(days.len()).unwrap_or(31);
    {
        let root = SVGBackend::with_string(&mut svg, (place.width, place.height)).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin(4)
            .margin_right(8)
            .x_label_area_size(26)
            .y_label_area_size(48)
            .build_cartesian_2d(5..last.saturating_mul(DAY_COLUMNS).saturating_add(6), 0_i64..top)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .y_labels(5)
            .x_labels(8)
            .light_line_style(TRANSPARENT)
            .bold_line_style(FAINT)
            .axis_style(INK)
            .label_style(("sans-serif", 15).into_font().color(&INK))
            .x_label_formatter(&|column| (column / DAY_COLUMNS).to_string())
            .y_label_formatter(&|minor| short(*minor, currency))
            .draw()?;
        let mut column = 0_i32;
        for day in days {
            column = column.saturating_add(DAY_COLUMNS);
            let bars = [
                (column.saturating_sub(4), column, day.billed, BILLED_RGB),
                (column, column.saturating_add(4), day.collected, COLLECTED_RGB),
            ];
            chart.draw_series(bars.into_iter().filter(|(_, _, money, _)| money.is_positive()).map(
                |(left, right, money, colour)| Rectangle::new([(left, 0), (right, money.minor())], colour.filled()),
            ))?;
        }
        root.present()?;
    }
    Ok(svg)
}

fn draw_lying(place: ChartFrame, bars: &[Bar], full: u64) -> Result<String, Box<dyn Error>> {
    /// Where bars begin on a wide page: the names are before them. On a narrow one they are above.
    const NAMES_PX: i32 = 200;
    /// Room for the text at the end of a bar.
    const LABEL_PX: i32 = 118;
    let is_narrow = place.class == "narrow";
    let width = i32::try_from(place.width)?;
    let left = if is_narrow { 0 } else { NAMES_PX };
    let room = u64::try_from(width.saturating_sub(left).saturating_sub(LABEL_PX))?;
    let step = if is_narrow { 44 } else { 30 };
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (place.width, place.height)).into_drawing_area();
        let font = ("sans-serif", 17).into_font().color(&INK);
        let mut top = 4_i32;
        for bar in bars {
            let bar_top = if is_narrow { top.saturating_add(18) } else { top };
            let bottom = bar_top.saturating_add(20);
            let long = room.saturating_mul(bar.length.min(full)).checked_div(full).unwrap_or(0);
            let right = left.saturating_add(i32::try_from(long)?);
            let end = left.saturating_add(i32::try_from(room)?);
            root.draw(&Rectangle::new([(left, bar_top), (end, bottom)], TRACK.filled()))?;
            if bar.length > 0 {
                let right = right.max(left.saturating_add(2));
                root.draw(&Rectangle::new(
                    [(left, bar_top), (right, bottom)],
                    COLLECTED_RGB.filled(),
                ))?;
            }
            let name_top = if is_narrow { top } else { bar_top.saturating_add(2) };
            root.draw(&Text::new(bar.name.clone(), (0, name_top), font.clone()))?;
            let label = (end.saturating_add(8), bar_top.saturating_add(2));
            root.draw(&Text::new(bar.label.clone(), label, font.clone()))?;
            top = top.saturating_add(step);
        }
        root.present()?;
    }
    Ok(svg)
}

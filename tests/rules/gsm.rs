//! How long a short message is: cases from the standard's limits, and laws.

use proptest::prelude::*;
use weir::rules::messages::gsm::{Alphabet, Measure, fit_for_modem, fits_modem, measure};

fn gsm(units: u32, parts: u8) -> Measure {
    Measure {
        alphabet: Alphabet::Gsm7,
        units,
        parts,
    }
}

fn ucs2(units: u32, parts: u8) -> Measure {
    Measure {
        alphabet: Alphabet::Ucs2,
        units,
        parts,
    }
}

#[test]
fn lengths_at_the_limits() {
    let x = |count| "x".repeat(count);
    for (text, expected) in [
        (String::new(), gsm(0, 1)),
        ("Habari".to_owned(), gsm(6, 1)),
        (x(160), gsm(160, 1)),
        (x(161), gsm(161, 2)),
        (x(306), gsm(306, 2)),
        (x(307), gsm(307, 3)),
        ("[".repeat(80), gsm(160, 1)),
        ("[".repeat(81), gsm(162, 2)),
        // 153 is odd: each part of pairs alone stays one septet short, and the third bracket of 152 + 152 does not fit.
        ("[".repeat(152), gsm(304, 2)),
        ("[".repeat(153), gsm(306, 3)),
        // The pair would lie over the edge of the first part.
        (format!("{}[{}", x(152), x(152)), gsm(306, 3)),
        (format!("{}[{}", x(151), x(153)), gsm(306, 2)),
        ("ш".repeat(70), ucs2(70, 1)),
        ("ш".repeat(71), ucs2(71, 2)),
        ("ш".repeat(134), ucs2(134, 2)),
        ("ш".repeat(135), ucs2(135, 3)),
        ("\u{1f600}".repeat(35), ucs2(70, 1)),
        ("\u{1f600}".repeat(36), ucs2(72, 2)),
        ("\u{1f600}".repeat(66), ucs2(132, 2)),
        ("\u{1f600}".repeat(67), ucs2(134, 3)),
        (x(100_000), gsm(100_000, 255)),
    ] {
        let start: String = text.chars().take(5).collect();
        assert_eq!(measure(&text), expected, "{start} {}", text.chars().count());
    }
}

#[test]
fn the_alphabet_is_that_of_the_standard() {
    let one = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§\
               ¿abcdefghijklmnopqrstuvwxyzäöñüà";
    assert_eq!(one.chars().count(), 127, "128 places, one of them the escape");
    for c in one.chars() {
        assert_eq!(measure(&c.to_string()), gsm(1, 1), "{c:?}");
    }
    for c in "^{}\\[~]|€\u{c}".chars() {
        assert_eq!(measure(&c.to_string()), gsm(2, 1), "{c:?}");
    }
    for c in "`´çáêëíîóôúûÀÈŠš’“–…\t\u{1b}\0\u{a0}ш中".chars() {
        assert_eq!(measure(&c.to_string()).alphabet, Alphabet::Ucs2, "{c:?}");
    }
}

#[test]
fn what_a_modem_lacks_is_written_plainly_and_cut_with_a_mark() {
    for (text, expected) in [
        ("router `core` is down — 3 tries…", "router 'core' is down - 3 tries..."),
        ("Ça coûte 5 € à Kivu, très “cher”", "Ça coute 5 € à Kivu, très \"cher\""),
        ("中文 ok", "?? ok"),
        ("a\tb\u{200b}c", "a bc"),
    ] {
        assert_eq!(fit_for_modem(text), expected);
    }
    assert_eq!(fit_for_modem(&"x".repeat(160)), "x".repeat(160));
    assert_eq!(fit_for_modem(&"x".repeat(161)), format!("{}...", "x".repeat(157)));
    assert_eq!(fit_for_modem(&"[".repeat(81)), format!("{}...", "[".repeat(78)));
    assert!(!fits_modem(&"x".repeat(161)) && !fits_modem("ш") && fits_modem("x"));
}

proptest! {
    #[test]
    fn parts_hold_the_text_and_no_fewer_would(text in "(\\PC|[a-z\\[€é\u{1f600}]){0,600}") {
        let got = measure(&text);
        let (whole, part) = match got.alphabet {
            Alphabet::Gsm7 => (160, 153),
            Alphabet::Ucs2 => (70, 67),
        };
        if got.alphabet == Alphabet::Ucs2 {
            prop_assert_eq!(got.units as usize, text.encode_utf16().count());
        }
        if got.units <= whole {
            prop_assert_eq!(got.parts, 1);
        } else {
            prop_assert!(u32::from(got.parts) >= got.units.div_ceil(part));
            // At most one place of each part stays empty.
            prop_assert!(u32::from(got.parts) <= got.units.div_ceil(part - 1));
        }
    }

    #[test]
    fn more_text_never_takes_less(text in "[a-z\\[€ш\u{1f600}]{0,300}", more in "[a-z\\[]{0,20}") {
        let (short, long) = (measure(&text), measure(&format!("{text}{more}")));
        prop_assert!(long.units >= short.units && long.parts >= short.parts);
    }

    #[test]
    fn what_was_fitted_fits_and_stays_as_it_is(text in "(\\PC|[a-z`\\[€é]){0,300}") {
        let fitted = fit_for_modem(&text);
        prop_assert!(fits_modem(&fitted), "{fitted}");
        prop_assert_eq!(&fit_for_modem(&fitted), &fitted);
        if fits_modem(&text) {
            prop_assert_eq!(fitted, text);
        }
    }
}

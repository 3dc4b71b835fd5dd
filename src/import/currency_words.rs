//! Which currency does a word beside an amount name?
//!
//! Banks and people write `Ksh 1500`, `Rp1.500` or `1500 FCFA`. A word that is not in this list is no currency: behind an
//! amount it may be a part of it, as in `15 hundred` or `15k`, and the amount is then refused.

/// Where a word stands beside the digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// `K1500`
    Before,
    /// `1500K`
    Behind,
}

/// Words in small letters without a full stop at their end, and the codes that they stand for. *Source:* Unicode CLDR 45,
/// `symbol` and `symbol-alt-narrow` of the English and the local languages, without those that are signs alone.
const WORDS: &[(&str, &[&str])] = &[
    ("afl", &["AWG"]),
    ("ar", &["MGA"]),
    ("b/", &["PAB"]),
    ("bs", &["BOB", "VES"]),
    ("bds$", &["BBD"]),
    ("birr", &["ETB"]),
    ("br", &["BYN", "ETB"]),
    ("c$", &["NIO", "CAD"]),
    ("ca$", &["CAD"]),
    ("cedi", &["GHS"]),
    ("cedis", &["GHS"]),
    ("cfa", &["XAF", "XOF"]),
    ("db", &["STN"]),
    ("den", &["MKD"]),
    ("dh", &["AED", "MAD"]),
    ("dhs", &["AED", "MAD"]),
    ("din", &["RSD"]),
    ("dt", &["TND"]),
    ("e", &["SZL"]),
    ("ec$", &["XCD"]),
    ("fbu", &["BIF"]),
    ("fc", &["CDF"]),
    ("fcfa", &["XAF", "XOF"]),
    ("fdj", &["DJF"]),
    ("fg", &["GNF"]),
    ("fmg", &["MGA"]),
    (
        "fr",
        &["CHF", "RWF", "BIF", "DJF", "GNF", "KMF", "CDF", "XAF", "XOF", "XPF"],
    ),
    ("frw", &["RWF"]),
    ("frs", &["CHF", "RWF", "XAF", "XOF"]),
    ("ft", &["HUF"]),
    ("gh\u{a2}", &["GHS"]),
    ("gh\u{20b5}", &["GHS"]),
    ("g", &["HTG"]),
    ("gs", &["PYG"]),
    ("j$", &["JMD"]),
    ("k", &["ZMW", "PGK", "MMK", "MWK"]),
    ("kr", &["DKK", "ISK", "NOK", "SEK"]),
    ("ks", &["MMK"]),
    ("ksh", &["KES"]),
    ("kshs", &["KES"]),
    ("kz", &["AOA"]),
    ("k\u{10d}", &["CZK"]),
    ("l", &["HNL", "LSL"]),
    ("le", &["SLE", "EGP"]),
    ("lei", &["RON", "MDL"]),
    ("lek", &["ALL"]),
    ("lv", &["BGN"]),
    ("m", &["LSL"]),
    ("mk", &["MWK"]),
    ("mt", &["MZN"]),
    ("mtn", &["MZN"]),
    ("n", &["NGN"]),
    ("n$", &["NAD"]),
    ("naira", &["NGN"]),
    ("nfk", &["ERN"]),
    ("nt$", &["TWD"]),
    ("p", &["BWP", "PHP"]),
    ("php", &["PHP"]),
    ("q", &["GTQ"]),
    ("r", &["ZAR"]),
    ("r$", &["BRL"]),
    ("rd$", &["DOP"]),
    ("rm", &["MYR"]),
    ("rp", &["IDR"]),
    ("rs", &["INR", "PKR", "LKR", "NPR", "MUR", "SCR"]),
    ("rub", &["RUB"]),
    ("s$", &["SGD"]),
    ("s/", &["PEN"]),
    ("sfr", &["CHF"]),
    ("sh", &["KES", "TZS", "UGX", "SOS"]),
    ("shs", &["KES", "TZS", "UGX", "SOS"]),
    ("sle", &["SLE"]),
    ("ssp", &["SSP"]),
    ("tk", &["BDT"]),
    ("tl", &["TRY"]),
    ("tsh", &["TZS"]),
    ("tshs", &["TZS"]),
    ("tt$", &["TTD"]),
    ("us$", &["USD"]),
    ("ush", &["UGX"]),
    ("ushs", &["UGX"]),
    ("vt", &["VUV"]),
    ("z$", &["ZWG"]),
    ("zk", &["ZMW"]),
    ("z\u{142}", &["PLN"]),
];

/// Letters that behind a number mean a thousand, a million or an exponent rather than a currency.
const MULTIPLES: &[&str] = &["k", "m", "e", "g", "n", "l"];

/// Returns the codes of the currencies that a word may name; none where it names no currency.
pub(crate) fn codes(word: &str, side: Side) -> &'static [&'static str] {
    let word = word.to_lowercase();
    if side == Side::Behind && MULTIPLES.contains(&word.as_str()) {
        return &[];
    }
    let known = WORDS.iter().find(|(known, _)| *known == word);
    known.map_or(&[], |(_, codes)| *codes)
}

#[cfg(test)]
mod tests {
    use super::{Side, WORDS, codes};
    use crate::model::money::Currency;

    #[test]
    fn each_word_names_currencies_that_there_are() {
        for (word, known) in WORDS {
            assert_eq!(*word, word.to_lowercase());
            for code in *known {
                assert!(Currency::from_code(code).is_some(), "{word}: {code}");
            }
        }
    }

    #[test]
    fn a_letter_behind_a_number_may_multiply_it_and_names_no_currency() {
        assert_eq!(codes("K", Side::Before).first(), Some(&"ZMW"));
        assert!(codes("K", Side::Behind).is_empty());
        assert!(codes("hundred", Side::Behind).is_empty());
        assert_eq!(codes("FCFA", Side::Behind), ["XAF", "XOF"]);
    }
}

//! Vectors of the word codec, made by hand, and its limits.

use weir::routers::word::{Decoder, Sentence, WordError, WordLimits, encode_sentence};

/// Whole sentences, the bytes by hand.
const SENTENCES: &[(&[&str], &str)] = &[
    (
        &["/login", "=name=weir", "=password=s3cret"],
        "062f6c6f67696e0a3d6e616d653d77656972103d70617373776f72643d73336372657400",
    ),
    (
        &[
            "/ppp/secret/print",
            "=.proplist=.id,name,disabled",
            "?name=amina",
            ".tag=7",
        ],
        "112f7070702f7365637265742f7072696e741c3d2e70726f706c6973743d2e69642c6e616d652c64697361626c65640b3f6e616d653d61\
         6d696e61062e7461673d3700",
    ),
    (
        &["!re", ".tag=7", "=.id=*1A", "=name=amina", "=disabled=false"],
        "03217265062e7461673d37083d2e69643d2a31410b3d6e616d653d616d696e610f3d64697361626c65643d66616c736500",
    ),
    (
        &["!trap", ".tag=9", "=category=0", "=message=no such item"],
        "052174726170062e7461673d390b3d63617465676f72793d30153d6d6573736167653d6e6f2073756368206974656d00",
    ),
    (&["!empty", ".tag=7"], "0621656d707479062e7461673d3700"),
];

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn sentence(words: &[&str]) -> Sentence {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

fn all(decoder: &mut Decoder) -> Vec<Sentence> {
    std::iter::from_fn(|| decoder.next_sentence().unwrap()).collect()
}

#[test]
fn sentences_are_written_and_read_as_documented() {
    for (words, hex) in SENTENCES {
        let mut written = Vec::new();
        encode_sentence(*words, &mut written).unwrap();
        assert_eq!(written, bytes(hex), "{words:?}");
        let mut decoder = Decoder::new(WordLimits::default());
        decoder.feed(&written);
        assert_eq!(all(&mut decoder), [sentence(words)]);
        assert!(decoder.is_between_sentences());
    }
}

#[test]
fn a_stream_gives_the_same_sentences_wherever_it_is_cut() {
    let long = "x".repeat(0x4001);
    let words: [&[&str]; 3] = [&["!re", &long, "=a="], &["!done", ".tag=1"], &["!re", "=b=c=d"]];
    let mut stream = vec![0, 0];
    for words in words {
        encode_sentence(words, &mut stream).unwrap();
        stream.push(0);
    }
    for size in [1, 2, 3, 7, 4096, stream.len()] {
        let mut decoder = Decoder::new(WordLimits::default());
        let mut got = Vec::new();
        for piece in stream.chunks(size) {
            decoder.feed(piece);
            got.extend(all(&mut decoder));
        }
        assert_eq!(got, words.map(sentence), "pieces of {size}");
        assert!(decoder.is_between_sentences());
    }
}

#[test]
fn half_a_sentence_is_waited_for() {
    let mut decoder = Decoder::new(WordLimits::default());
    decoder.feed(&bytes("0621656d707479062e"));
    assert_eq!(decoder.next_sentence(), Ok(None));
    assert!(!decoder.is_between_sentences());
}

#[test]
fn control_bytes_and_whatever_is_over_a_limit_end_the_stream() {
    let limits = WordLimits {
        word_bytes: 8,
        sentence_words: 3,
        sentence_bytes: 12,
    };
    for byte in 0xF8..=0xFF {
        let mut decoder = Decoder::new(limits);
        decoder.feed(&[byte]);
        assert_eq!(decoder.next_sentence(), Err(WordError::Control { byte }));
    }
    let cases: &[(&[u8], WordError)] = &[
        (b"\x09", WordError::WordTooLong { bytes: 9, max: 8 }),
        (
            b"\xf0\xff\xff\xff\xff",
            WordError::WordTooLong {
                bytes: 0xFFFF_FFFF,
                max: 8,
            },
        ),
        (b"\x01a\x01b\x01c\x01", WordError::TooManyWords { max: 3 }),
        (b"\x08abcdefgh\x05", WordError::SentenceTooLong { max: 12 }),
    ];
    for (stream, error) in cases {
        let mut decoder = Decoder::new(limits);
        decoder.feed(b"\x03!re\x00");
        decoder.feed(stream);
        assert_eq!(
            decoder.next_sentence(),
            Ok(Some(sentence(&["!re"]))),
            "what came before counts"
        );
        assert_eq!(decoder.next_sentence(), Err(*error));
        decoder.feed(b"\x03!re\x00");
        assert_eq!(decoder.next_sentence(), Err(*error), "an ended stream stays ended");
    }
}

#[test]
fn limits_are_inclusive_and_begin_anew_with_each_sentence() {
    let limits = WordLimits {
        word_bytes: 4,
        sentence_words: 2,
        sentence_bytes: 8,
    };
    let mut decoder = Decoder::new(limits);
    decoder.feed(b"\x04abcd\x04efgh\x00\x04ijkl\x04mnop\x00");
    assert_eq!(
        all(&mut decoder),
        [sentence(&["abcd", "efgh"]), sentence(&["ijkl", "mnop"])]
    );
}

#[test]
fn a_sentence_with_an_empty_word_is_not_written() {
    let mut written = vec![7];
    assert_eq!(encode_sentence(["/x", ""], &mut written), Err(WordError::EmptyWord));
    assert_eq!(written, [7]);
}

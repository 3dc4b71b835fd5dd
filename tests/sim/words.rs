//! The word codec from the router's side: bytes made by hand, sent through a socket or to the codec itself.

use weir::routers::word::{Decoder, WordError, WordLimits, encode_sentence};
use weir::sim::options::Version;

use super::peer::{Peer, router_of};

fn bytes(hex: &str) -> Vec<u8> {
    let hex: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    hex.chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Sentences and their bytes, counted out on paper.
const VECTORS: &[(&[&str], &str)] = &[
    (&["/quit"], "05 2f71756974 00"),
    (&["!done", "=ret=*1F"], "05 21646f6e65 08 3d7265743d2a3146 00"),
    (
        &["!fatal", "not logged in"],
        "06 21666174616c 0d 6e6f74206c6f6767656420696e 00",
    ),
    (&["?#||"], "04 3f237c7c 00"),
    (&["=comment=a=b="], "0d 3d636f6d6d656e743d613d623d 00"),
];

#[test]
fn sentences_have_the_bytes_that_were_counted_out_by_hand() {
    for (words, hex) in VECTORS {
        let mut written = Vec::new();
        encode_sentence(*words, &mut written).unwrap();
        assert_eq!(written, bytes(hex), "{words:?}");
        let mut decoder = Decoder::new(WordLimits::default());
        decoder.feed(&bytes(hex));
        let read = decoder.next_sentence().unwrap().unwrap();
        assert_eq!(
            read,
            words.iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>()
        );
    }
}

/// Lengths at which the form changes, with the head that such a word must have.
const HEADS: &[(usize, &str)] = &[
    (127, "7f"),
    (128, "8080"),
    (129, "8081"),
    (300, "812c"),
    (16_383, "bfff"),
    (16_384, "c04000"),
    (65_535, "c0ffff"),
    (65_536, "c10000"),
];

#[test]
fn long_words_have_the_head_of_their_length() {
    for (length, head) in HEADS {
        let word = vec![b'x'; *length];
        let mut written = Vec::new();
        encode_sentence([&word], &mut written).unwrap();
        let head = bytes(head);
        assert_eq!(written[..head.len()], head, "{length}");
        assert_eq!(written.len(), head.len() + length + 1, "{length}");
        let mut decoder = Decoder::new(WordLimits::default());
        decoder.feed(&written);
        assert_eq!(decoder.next_sentence().unwrap().unwrap(), [word], "{length}");
    }
}

#[test]
fn a_longer_form_than_needed_is_understood_and_a_reserved_byte_is_not() {
    for (length, head) in [(5_u8, "8005"), (5, "c00005"), (5, "e0000005"), (5, "f000000005")] {
        let mut stream = bytes(head);
        stream.extend(vec![b'y'; usize::from(length)]);
        stream.push(0);
        let mut decoder = Decoder::new(WordLimits::default());
        decoder.feed(&stream);
        assert_eq!(decoder.next_sentence().unwrap().unwrap(), [b"yyyyy".to_vec()], "{head}");
    }
    let mut decoder = Decoder::new(WordLimits::default());
    decoder.feed(&[0xF9, 1, 2]);
    assert_eq!(decoder.next_sentence(), Err(WordError::Control { byte: 0xF9 }));
}

#[test]
fn a_login_in_hand_made_bytes_is_answered_in_the_bytes_of_done() {
    let router = router_of(Version::new(7, 16, 1));
    let mut peer = Peer::connect(router.addr()).unwrap();
    // /login =name=weir =password=sim-password .tag=1
    let login = bytes(
        "06 2f6c6f67696e 0a 3d6e616d653d77656972 16 3d70617373776f72643d73696d2d70617373776f7264 06 2e7461673d31 00",
    );
    // Empty sentences before it are passed over, and it may come byte by byte.
    peer.write(&[0, 0]);
    for byte in login {
        peer.write(&[byte]);
    }
    peer.backoff(std::time::Duration::from_millis(500));
    assert_eq!(peer.rest(), bytes("05 21646f6e65 06 2e7461673d31 00"));
}

//! Is this file a table of text at all?
//!
//! Recognises by their first bytes the files that people most often give instead, so that the refusal can say which
//! export to choose. Reads none of them.

/// First bytes of a file that is no table of text, what it is called, and what to do instead.
const KINDS: &[(&[u8], &str, &str)] = &[
    // *Source:* PKWARE APPNOTE 6.3.10, 4.3.7: signature of a local file header. XLSX and ODS are such archives.
    (
        b"PK\x03\x04",
        "a spreadsheet (XLSX or ODS) or another zip archive",
        SAVE_AS,
    ),
    // *Source:* Microsoft [MS-CFB] 2.2: header signature of a compound file, which an XLS is.
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "a spreadsheet (XLS)", SAVE_AS),
    // *Source:* ISO 32000-1, 7.5.2.
    (b"%PDF-", "a PDF document", CHOOSE),
    // *Source:* RFC 1952, 2.3.1.
    (b"\x1F\x8B", "a gzip archive", "unpack it first"),
    (b"<?xml", "XML, not a table", CHOOSE),
    (b"<html", "a web page, not a table", CHOOSE),
    (b"<!DOCTYPE", "a web page, not a table", CHOOSE),
    (b"{", "JSON, not a table", CHOOSE),
];

/// How many bytes tell whether a file is UTF-16.
const LOOKED_AT: usize = 200;

const SAVE_AS: &str = "open it and save it as `CSV UTF-8`, or export it as CSV";
const CHOOSE: &str = "export it as CSV";

/// A file that is no table of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// What it is.
    pub(crate) what: &'static str,
    /// What to do instead.
    pub(crate) way_out: &'static str,
}

/// Returns what the file is, if its first bytes show that it is no table of text.
pub(crate) fn foreign(bytes: &[u8]) -> Option<Foreign> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    KINDS.iter().find_map(|(start, what, way_out)| {
        let begins = bytes
            .get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start));
        begins.then_some(Foreign { what, way_out })
    })
}

/// Returns whether a file has zero bytes at its beginning and no byte order mark that would explain them.
pub(crate) fn is_utf16_without_mark(bytes: &[u8]) -> bool {
    let is_marked = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    !is_marked && bytes.iter().take(LOOKED_AT).any(|byte| *byte == 0)
}

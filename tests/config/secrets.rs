//! Files with passwords, and what is said about them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use weir::config::read::read as read_config;
use weir::config::secrets::{SECRET_MAX, findings, read};

fn file(folder: &tempfile::TempDir, content: &[u8], mode: u32) -> PathBuf {
    let path = folder.path().join("core");
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

#[test]
fn one_line_end_is_no_part_of_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let table: &[(&[u8], &[u8])] = &[
        (b"hunter2", b"hunter2"),
        (b"hunter2\n", b"hunter2"),
        (b"hunter2\r\n", b"hunter2"),
        (b"hunter2\n\n", b"hunter2\n"),
        (b" hunter2 \n", b" hunter2 "),
    ];
    for (content, secret) in table {
        assert_eq!(read(&file(&folder, content, 0o600)).unwrap().expose(), *secret);
    }
}

#[test]
fn a_file_that_is_no_secret_is_refused_without_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let long = vec![b'x'; usize::try_from(SECRET_MAX).unwrap() + 1];
    let table: &[(&[u8], u32, &str)] = &[
        (
            b"hunter2",
            0o640,
            "can be read or changed by others (mode 640); run `chmod 600 ",
        ),
        (
            b"hunter2",
            0o604,
            "can be read or changed by others (mode 604); run `chmod 600 ",
        ),
        (b"", 0o600, "is empty; write the password into it"),
        (b"\n", 0o600, "is empty; write the password into it"),
        (&long, 0o600, "is too large for a password (at most 4096 bytes)"),
    ];
    for (content, mode, message) in table {
        let error = read(&file(&folder, content, *mode)).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
    let missing = read(&folder.path().join("gone")).unwrap_err().to_string();
    assert!(
        missing.starts_with("there is no file `") && missing.contains("chmod 600"),
        "{missing}"
    );
    let is_folder = read(folder.path()).unwrap_err().to_string();
    assert!(is_folder.contains("is not a plain file"), "{is_folder}");
}

#[test]
fn secret_files_are_reported_at_the_lines_that_name_them() {
    let folder = tempfile::tempdir().unwrap();
    file(&folder, b"hunter2", 0o644);
    let text = "[site]\nname = \"a\"\ntime_zone = \"UTC\"\ncurrency = \"KES\"\n[[gateways]]\nname = \"t\"\nkind = \
                \"twilio\"\naccount = \"a\"\nfrom = \"b\"\nsecret_file = \"sms\"\n[[routers]]\nname = \"core\"\nhost = \
                \"h\"\nusername = \"u\"\npassword_file = \"core\"\n";
    let config = read_config(text, "site.toml", folder.path()).unwrap();
    let found: Vec<(u32, bool, bool)> = findings(&config, "site.toml")
        .into_iter()
        .map(|finding| {
            (
                finding.line,
                finding.message.contains("there is no file"),
                finding.message.contains("chmod 600"),
            )
        })
        .collect();
    assert_eq!(found, [(10, true, true), (15, false, true)]);
}

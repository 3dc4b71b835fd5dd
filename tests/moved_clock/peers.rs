//! Peers that others wrote: the web server nginx takes texts as a gateway would, the mail server of aiosmtpd keeps mail.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::child::{Kept, wait_for};

/// How long a peer may take to listen.
const UP: Duration = Duration::from_secs(10);

/// A port that nobody listens on now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn listens(what: &str, port: u16) {
    let addr = SocketAddr::from(([127, 0, 0, 1], port));
    wait_for(what, UP, || TcpStream::connect_timeout(&addr, UP).ok());
}

/// A text as it arrived.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    pub to: String,
    pub text: String,
}

/// A gateway for texts: nginx writes down the body of each request, and says that the text is queued. It takes so many a
/// second; what comes faster waits for its turn.
pub struct Gateway {
    folder: TempDir,
    port: u16,
    _nginx: Kept,
}

impl Gateway {
    pub fn start(texts_a_second: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let path = folder.path().display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("  {kind}_temp_path {path}/{kind};\n"))
            .collect();
        let settings = format!(
            "daemon off;\nmaster_process off;\npid {path}/pid;\nerror_log {path}/error.log;\n\
             events {{ worker_connections 64; }}\nhttp {{\n{temporary}  access_log off;\n\
             log_format texts escape=json '\"$request_body\"';\n\
             limit_req_zone $server_name zone=texts:1m rate={texts_a_second}r/s;\n\
             server {{\n    listen 127.0.0.1:{port};\n    server_name local;\n    client_body_in_single_buffer on;\n\
             location = /send {{\n      limit_req zone=texts burst=10000;\n      access_log {path}/texts texts;\n      \
             proxy_pass http://127.0.0.1:{port}/answer;\n    }}\n\
             location = /answer {{ default_type application/json; return 200 '{{\"status\":\"queued\"}}'; }}\n  }}\n}}\n"
        );
        std::fs::write(folder.path().join("nginx.conf"), settings).unwrap();
        let nginx = Kept::start(
            Command::new("/usr/sbin/nginx")
                .arg("-c")
                .arg(folder.path().join("nginx.conf"))
                .arg("-e")
                .arg(folder.path().join("error.log"))
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        listens("nginx (of the package nginx-light) listens", port);
        Self {
            folder,
            port,
            _nginx: nginx,
        }
    }

    /// The block of the site's file.
    pub fn block(&self) -> String {
        format!(
            "[[gateways]]\nname = \"texts\"\nkind = \"http\"\nurl = \"http://127.0.0.1:{}/send\"\n\
             headers = {{ \"Content-Type\" = \"application/json\" }}\n\
             body = '{{\"to\":\"{{{{to}}}}\",\"message\":\"{{{{text}}}}\"}}'\n\
             success = {{ status = 200, body_contains = \"queued\" }}\nprice_per_part = \"0.80\"\n",
            self.port
        )
    }

    /// All texts that have arrived, in order. A request whose sender was killed before it was read has no body.
    pub fn texts(&self) -> Vec<Text> {
        let lines = std::fs::read_to_string(self.folder.path().join("texts")).unwrap_or_default();
        let body =
            |line: &str| -> String { serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")) };
        let text = |line: String| {
            let body: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            Text {
                to: body["to"].as_str().unwrap().to_owned(),
                text: body["message"].as_str().unwrap().to_owned(),
            }
        };
        lines
            .lines()
            .map(body)
            .filter(|body| !body.is_empty())
            .map(text)
            .collect()
    }
}

/// A mail server: aiosmtpd keeps what it takes in a Maildir.
pub struct MailServer {
    folder: TempDir,
    port: u16,
    _aiosmtpd: Kept,
}

impl MailServer {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let aiosmtpd = Kept::start(
            Command::new("/usr/bin/python3")
                .args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}")])
                .args(["-c", "aiosmtpd.handlers.Mailbox"])
                .arg(folder.path().join("mail"))
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        listens("aiosmtpd (of the package python3-aiosmtpd) listens", port);
        Self {
            folder,
            port,
            _aiosmtpd: aiosmtpd,
        }
    }

    /// The block of the site's file.
    pub fn block(&self) -> String {
        format!(
            "[[gateways]]\nname = \"mail\"\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n\
             from = \"weir@hilltop.example\"\n",
            self.port
        )
    }

    /// All mail that has arrived, as it was sent.
    pub fn mail(&self) -> Vec<String> {
        let arrived: PathBuf = self.folder.path().join("mail").join("new");
        let Ok(files) = std::fs::read_dir(arrived) else {
            return Vec::new();
        };
        files
            .map(|file| String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()).into_owned())
            .collect()
    }
}

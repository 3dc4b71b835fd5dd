//! Builds the request that the owner's description of a gateway asks for.
//!
//! Values are written for their place: percent-encoded in the URL, without control characters in headers, and in the body as
//! its `Content-Type` wants. A body without one is JSON when it begins as JSON, else a form, and says so. Must never know
//! what answers mean.

use crate::config::gateways::HttpGateway;
use crate::gateways::encoding::{ValueContext, fill};
use crate::gateways::http::HttpRequest;
use crate::gateways::parcel::Parcel;

/// The media type of JSON.
const JSON: &str = "application/json";
/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// Returns the request for a message.
pub(crate) fn request(gateway: &HttpGateway, secret: &str, parcel: &Parcel<'_>) -> HttpRequest {
    let values = [("to", parcel.to), ("text", parcel.text), ("secret", secret)];
    let mut headers: Vec<(String, String)> = gateway
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), fill(value, ValueContext::Header, &values)))
        .collect();
    let body = gateway.body.as_deref().map(|body| {
        let stated = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
            .map(|(_, value)| value.clone());
        let kind = stated.unwrap_or_else(|| {
            let kind = if body.trim_start().starts_with(['{', '[']) {
                JSON
            } else {
                FORM
            };
            headers.push(("Content-Type".to_owned(), kind.to_owned()));
            kind.to_owned()
        });
        fill(body, place_of(&kind), &values)
    });
    HttpRequest {
        method: gateway.method.clone(),
        url: fill(&gateway.url, ValueContext::Percent, &values),
        headers,
        body,
    }
}

/// Returns how values are written in a body of this `Content-Type`.
fn place_of(content_type: &str) -> ValueContext {
    let kind = content_type.split(';').next().unwrap_or_default();
    let kind = kind.trim().to_ascii_lowercase();
    if kind == JSON || kind.ends_with("+json") {
        ValueContext::Json
    } else if kind == FORM {
        ValueContext::Percent
    } else {
        ValueContext::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_written_as_its_content_type_wants() {
        for (content_type, place) in [
            ("application/json", ValueContext::Json),
            ("Application/JSON; charset=utf-8", ValueContext::Json),
            ("application/vnd.x+json", ValueContext::Json),
            ("application/x-www-form-urlencoded;charset=UTF-8", ValueContext::Percent),
            ("text/plain", ValueContext::Plain),
            ("application/jsonp", ValueContext::Plain),
        ] {
            assert_eq!(place_of(content_type), place, "{content_type}");
        }
    }
}

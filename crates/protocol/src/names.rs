//! Names and limits that more than one part must agree on (`PROTOCOL.md` sections 1, 5, 8).

/// Path of the gateway resource (RFC 9540 §4).
pub const GATEWAY_PATH: &str = "/.well-known/ohttp-gateway";
/// Media type of an encapsulated request (RFC 9458 §9.2).
pub const MEDIA_CAPSULE_REQUEST: &str = "message/ohttp-req";
/// Media type of an encapsulated response (RFC 9458 §9.3).
pub const MEDIA_CAPSULE_RESPONSE: &str = "message/ohttp-res";
/// Media type of key configurations (RFC 9458 §9.1).
pub const MEDIA_KEYS: &str = "application/ohttp-keys";
/// Media type of a compact JWS (RFC 7515 §9.2.1).
pub const MEDIA_JOSE: &str = "application/jose";
/// Media type of an ISO 20022 message (RFC 7303 §9.1).
pub const MEDIA_XML: &str = "application/xml";
/// Media type of a JWS in JSON serialisation (RFC 7515 §9.2.2).
pub const MEDIA_JOSE_JSON: &str = "application/jose+json";
/// Media type of problem details (RFC 9457 §6.1).
pub const MEDIA_PROBLEM: &str = "application/problem+json";

/// Field with the session statement.
pub const FIELD_SESSION: &str = "wattkey-session";
/// Field with the thumbprint of the client's TLS certificate.
pub const FIELD_CERTIFICATE: &str = "wattkey-certificate";
/// Field with the client's id of a request, for logs.
pub const FIELD_REQUEST: &str = "wattkey-request";
/// Field with the signature certificate that goes with a signed document: an order that is sent, or
/// one that is read by who is to approve it.
pub const FIELD_SIGNATURE_CERTIFICATE: &str = "wattkey-signature-certificate";
/// Field with the name of a gateway, in its key configuration answer.
pub const FIELD_INSTANCE: &str = "wattkey-instance";
/// Field with the certificate of the key that signs key configurations.
pub const FIELD_KEY_CERTIFICATE: &str = "wattkey-key-certificate";
/// Field with the order or instruction id of an unsafe request.
pub const FIELD_IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Field in which the gateway names the client's certificate to the platform (RFC 9440 §2.2).
pub const FIELD_CLIENT_CERT: &str = "client-cert";

/// Seconds by which `date` and `created` of a request may differ from the verifier's clock.
pub const REQUEST_WINDOW_S: i64 = 60;
/// Most bytes of a signed document or binding step (a compact JWS).
pub const MAX_JWS: usize = 64 * 1024;

/// The authority of an audience: `pay.example` of `https://pay.example`.
///
/// `None` unless the audience is an `https` origin in lower case without path, port or user.
#[must_use]
pub fn authority(audience: &str) -> Option<&str> {
    let host = audience.strip_prefix("https://")?;
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = host.as_bytes();
    (bytes.len() <= 253
        && bytes.iter().all(|b| plain(*b))
        && edge(bytes.first())
        && edge(bytes.last()))
    .then_some(host)
}

#[cfg(test)]
mod tests {
    use super::authority;

    #[test]
    fn only_an_https_origin_is_an_audience() {
        assert_eq!(authority("https://pay.example"), Some("pay.example"));
        for wrong in [
            "http://pay.example",
            "https://",
            "https://pay.example/",
            "https://Pay.example",
            "https://a@b",
            "https://a:1",
            "https://.a",
        ] {
            assert_eq!(authority(wrong), None, "{wrong}");
        }
    }
}

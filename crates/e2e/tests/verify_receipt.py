"""Verifies a receipt with jwcrypto and cryptography, sharing no code with Wattkey.

Usage: verify_receipt.py RECEIPT SERVICE_CA_PEM; prints the payload, or fails.
"""

import base64
import json
import sys

from cryptography import x509
from jwcrypto import jwk, jws

# 2.25 arc of PROTOCOL.md section 1; 1.8 is the platform's receipt, 1.9 the gateway's.
ARC = "2.25.107384955275835753590977554261514844788.1."
ROLES = [ARC + "8", ARC + "9"]


def main() -> None:
    text = open(sys.argv[1], encoding="utf-8").read()
    ca = x509.load_pem_x509_certificate(open(sys.argv[2], "rb").read())
    document = json.loads(text)
    assert len(document["signatures"]) == 2, "two signatures"
    payload = None
    for signature, role in zip(document["signatures"], ROLES):
        protected = signature["protected"]
        header = json.loads(base64.urlsafe_b64decode(protected + "=" * (-len(protected) % 4)))
        assert header["alg"] == "ES256" and header["typ"] == "wattkey-receipt+jws", header
        certificate = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
        certificate.verify_directly_issued_by(ca)
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert [u.dotted_string for u in usages] == [role], list(usages)
        key = jwk.JWK.from_pyca(certificate.public_key())
        one = dict(document, signatures=[signature])
        token = jws.JWS()
        token.deserialize(json.dumps(one), key)
        assert payload in (None, token.payload), "one payload"
        payload = token.payload
    # Both at once, as one token: jwcrypto is content when one verifies, so each was tried above.
    print(payload.decode())


if __name__ == "__main__":
    main()

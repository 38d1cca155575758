"""openbadgeslib with PyLD: an Open Badges 3.0 verifier in Python.

It checks that the JSON has exactly the form that was signed, the signature, the validity window, and the bits of both status
lists; with a function of its own also the signatures of those lists. What is done here is fetching by HTTP, choosing the key
that the proof names out of the issuer's document, and putting the answers together.

The first line of standard input is {"issuer": the one that is trusted}, each further line a JSON string with the text of a
credential. A line of standard output is {"kind", "reason"}, in the same order.
"""

import json
import sys
import urllib.request

from openbadgeslib.ob3.did import pem_for_kid
from openbadgeslib.ob3.ldp import OB3LdpVerifier, verify_data_integrity_proof

http = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def fetch(url):
    return http.open(url, timeout=30).read()


def permitted_key(issuer, proof):
    document = json.loads(fetch(issuer))
    method = proof["verificationMethod"]
    if document["id"] != issuer or method not in document["assertionMethod"]:
        raise ValueError("the issuer does not sign with this key")
    return pem_for_kid(document, issuer, method)


def verify_list(issuer, entry):
    status_list = json.loads(fetch(entry["statusListCredential"]))
    if status_list["id"] != entry["statusListCredential"] or status_list["issuer"] != issuer:
        raise ValueError("the status list is of another issuer")
    verify_data_integrity_proof(status_list, permitted_key(issuer, status_list["proof"]))


def verdict_on(issuer, text):
    try:
        verifier = OB3LdpVerifier(pubkey_pem=permitted_key(issuer, json.loads(text)["proof"]))
        credential = verifier.verify(text)
        if credential.issuer.id != issuer:
            raise ValueError("another issuer")
        for entry in credential.credential_status:
            verify_list(issuer, entry)
    except Exception as error:
        return {"kind": "refused", "reason": f"{type(error).__name__}: {error}"}
    try:
        verifier.verify(text, check_status=True, download=fetch, verify_status_list=False)
    except Exception as error:
        for purpose, kind in (("revocation", "revoked"), ("suspension", "suspended")):
            if f"status '{purpose}' is set" in str(error):
                return {"kind": kind, "reason": str(error)}
        return {"kind": "refused", "reason": f"{type(error).__name__}: {error}"}
    return {"kind": "valid", "reason": ""}


trusted = json.loads(sys.stdin.readline())["issuer"]
for line in sys.stdin:
    print(json.dumps(verdict_on(trusted, json.loads(line))), flush=True)

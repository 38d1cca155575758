#!/usr/bin/env python3
"""Checks what Certifiable's ledger says, without Certifiable: this file and Python 3.8 or later are all it takes.

    check_ledger.py proofs PROOFS.json --keys JWKS.json
        PROOFS.json: the answer of GET /v1/attempts/{id}/ledger. Says of each entry whether it is in the tree of the signed head, and
        whether the record that is shown is the one that was entered.

    check_ledger.py heads HEADS.json --keys JWKS.json [--consistency EARLIER SIZE PROOF.json] [--tsa TRUSTED.pem]
        HEADS.json: the answer of GET /v1/ledger/heads, or heads that were kept, a JWS a line. Checks each signature, that no two heads of
        one size differ, and, with the answer of GET /v1/ledger/heads/{size}/consistency/{earlier}, that the ledger of one begins with that of the other.
        With the certificates of a time stamping authority, and openssl on the PATH, also the time stamps (RFC 3161) of those heads that have one.

The keys: GET /.well-known/jwks.json. Exit code 0: everything holds; 1: something does not, and it is said what.
By RFC 9162 (the tree and its proofs), RFC 7515 (JWS) and RFC 8032 (Ed25519).
"""

import argparse
import base64
import calendar
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time

# Ed25519, RFC 8032, section 5.1: slow, and enough for some hundred heads.
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(a, b):
    x, y = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = y - x, d - c, d + c, y + x
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, point):
    product = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            product = add(product, point)
        point, scalar = add(point, point), scalar >> 1
    return product


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def x_of(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P != 0:
        return None
    return P - x if (x & 1) != sign else x


def point_of(encoded):
    if len(encoded) != 32:
        return None
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (x_of(BASE_Y, 0), BASE_Y, 1, x_of(BASE_Y, 0) * BASE_Y % P)


def is_signed(public, message, signature):
    if len(signature) != 64:
        return False
    a, r, s = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    return same(times(s, BASE), add(r, times(h, a)))


# JWS, compact.
def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def head_of(jws, keys):
    """What a head states. Raises ValueError when it does not verify."""
    parts = jws.split(".")
    if len(parts) != 3:
        raise ValueError("this is no compact JWS")
    header = json.loads(decoded(parts[0]))
    if header.get("alg") != "EdDSA" or header.get("typ") != "certifiable-ledger-head+jws":
        raise ValueError("this is signed, but not as a head of the ledger: %s" % header)
    key = next((key for key in keys if key.get("kid") == header.get("kid")), None)
    if key is None:
        raise ValueError("no key has the id %s" % header.get("kid"))
    if not is_signed(decoded(key["x"]), (parts[0] + "." + parts[1]).encode(), decoded(parts[2])):
        raise ValueError("its signature does not hold")
    return json.loads(decoded(parts[1]))


# The tree.
def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def node(left, right):
    return sha256(b"\x01", left, right)


def root_of_path(leaf, index, size, path):
    """RFC 9162, section 2.1.3.2; None where the path is none of that leaf."""
    if not 0 <= index < size:
        return None
    at, last, value = index, size - 1, sha256(b"\x00", leaf)
    for sibling in path:
        if last == 0:
            return None
        if at % 2 == 1 or at == last:
            value = node(sibling, value)
            while at % 2 == 0 and at != 0:
                at, last = at // 2, last // 2
        else:
            value = node(value, sibling)
        at, last = at // 2, last // 2
    return value if last == 0 else None


def is_consistent(earlier, earlier_root, size, root, proof):
    """RFC 9162, section 2.1.4.2."""
    if earlier == size:
        return not proof and earlier_root == root
    if not 0 < earlier < size:
        return False
    proof = ([earlier_root] if earlier & (earlier - 1) == 0 else []) + proof
    if not proof:
        return False
    at, last = earlier - 1, size - 1
    while at % 2 == 1:
        at, last = at // 2, last // 2
    was = now = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            return False
        if at % 2 == 1 or at == last:
            was, now = node(sibling, was), node(sibling, now)
            while at % 2 == 0 and at != 0:
                at, last = at // 2, last // 2
        else:
            now = node(now, sibling)
        at, last = at // 2, last // 2
    return last == 0 and was == earlier_root and now == root


def check_proofs(answer, keys):
    problems = []
    if answer["head"] is None:
        return ["no head is signed yet: ask again in some minutes"]
    head = head_of(answer["head"]["jws"], keys)
    for entry in answer["entries"]:
        leaf = json.loads(entry["leaf"])
        name = "entry %d (%s %s, %s)" % (entry["position"], leaf["kind"], leaf["record"], leaf["act"])
        found = []
        if leaf["position"] != entry["position"]:
            found.append("stands at another place than its leaf says")
        if entry["path"] is None:
            print("%s: not counted by this head yet" % name)
        elif root_of_path(entry["leaf"].encode(), entry["position"], head["size"], [bytes.fromhex(h) for h in entry["path"]]) != bytes.fromhex(head["root"]):
            found.append("is not in the tree of the head")
        opening = entry["opening"]
        if opening is not None and sha256(bytes.fromhex(opening["salt"]), opening["content"].encode()).hex() != leaf["content"]:
            found.append("was entered of something else than the record that is shown")
        if entry["path"] is not None and not found:
            print("%s: in the tree of %d entries of %s%s" % (name, head["size"], head["at"], "" if opening is None else "; the record is what was entered"))
        problems += ["%s %s" % (name, what) for what in found]
    return problems


# Time stamps, by openssl.
def openssl(*arguments):
    try:
        return subprocess.run(["openssl", "ts"] + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    except FileNotFoundError:
        raise ValueError("the time stamps are not checked: that takes openssl on the PATH")


def stamped_at(jws, token, trusted):
    """Seconds since 1970 by whose clock stamped. Raises ValueError when the stamp is none of this head by anybody who is trusted."""
    with tempfile.TemporaryDirectory() as folder:
        data, stamp = os.path.join(folder, "head"), os.path.join(folder, "stamp")
        for path, content in ((data, jws.encode()), (stamp, base64.b64decode(token))):
            with open(path, "wb") as file:
                file.write(content)
        said = openssl("-reply", "-in", stamp, "-token_in", "-token_out", "-text").stdout
        line = next((line for line in said.splitlines() if line.startswith("Time stamp: ")), None)
        if line is None:
            raise ValueError("its time stamp cannot be read")
        at = line[len("Time stamp: "):].replace(" GMT", "").split(".")
        text = at[0] if len(at) == 1 else at[0] + " " + at[1].split(" ", 1)[1]
        seconds = calendar.timegm(time.strptime(" ".join(text.split()), "%b %d %H:%M:%S %Y"))
        verified = openssl("-verify", "-data", data, "-in", stamp, "-token_in", "-CAfile", trusted, "-attime", str(seconds))
        if verified.returncode != 0:
            raise ValueError("its time stamp does not verify: %s" % verified.stdout.strip().splitlines()[-1])
        return seconds


def check_stamps(heads, keys, trusted):
    problems, checked = [], 0
    for head in heads:
        if head.get("stamp") is None:
            continue
        try:
            stated = head_of(head["jws"], keys)
            seen = stamped_at(head["jws"], head["stamp"]["token"], trusted)
            signed = calendar.timegm(time.strptime(stated["at"][:19], "%Y-%m-%dT%H:%M:%S"))
            checked += 1
            if not -300 <= seen - signed <= 25 * 3600:
                problems.append("the head over %d entries says that it was signed at %s, and was seen %d seconds later" % (stated["size"], stated["at"], seen - signed))
        except ValueError as error:
            problems.append("%s…: %s" % (head["jws"][-16:], error))
    print("%d of %d heads have a time stamp that verifies" % (checked, len(heads)))
    return problems


def check_heads(text, keys, consistency, trusted=None):
    problems = []
    heads = json.loads(text)["heads"] if text.lstrip().startswith("{") else [{"jws": jws} for jws in text.split()]
    jwses = [head["jws"] for head in heads]
    if trusted is not None:
        problems += check_stamps(heads, keys, trusted)
    roots = {}
    for jws in jwses:
        try:
            head = head_of(jws, keys)
        except ValueError as error:
            problems.append("%s…: %s" % (jws[-16:], error))
            continue
        if roots.setdefault(head["size"], head["root"]) != head["root"]:
            problems.append("two heads over %d entries have different roots: the ledger was rewritten" % head["size"])
    print("%d heads, over %s entries" % (len(jwses), ", ".join(str(size) for size in sorted(roots))))
    if consistency is not None:
        earlier, size, proof = consistency
        if earlier not in roots or size not in roots:
            problems.append("there is no head over %d, or none over %d entries" % (earlier, size))
        elif not is_consistent(earlier, bytes.fromhex(roots[earlier]), size, bytes.fromhex(roots[size]), [bytes.fromhex(h) for h in proof]):
            problems.append("the ledger of %d entries does not begin with that of %d" % (size, earlier))
        else:
            print("the ledger of %d entries begins with that of %d" % (size, earlier))
    return problems


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["proofs", "heads"])
    parser.add_argument("file")
    parser.add_argument("--keys", required=True)
    parser.add_argument("--consistency", nargs=3, metavar=("EARLIER", "SIZE", "PROOF.json"))
    parser.add_argument("--tsa", metavar="TRUSTED.pem")
    given = parser.parse_args()
    keys = json.loads(read(given.keys))["keys"]
    try:
        if given.what == "proofs":
            problems = check_proofs(json.loads(read(given.file)), keys)
        else:
            consistency = given.consistency and (int(given.consistency[0]), int(given.consistency[1]), json.loads(read(given.consistency[2]))["proof"])
            problems = check_heads(read(given.file), keys, consistency, given.tsa)
    except ValueError as error:
        problems = [str(error)]
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


main()

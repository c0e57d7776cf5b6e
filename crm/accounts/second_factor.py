"""The second factor: codes of an authenticator app (TOTP, RFC 6238) and recovery codes for whoever has lost it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import pyotp

from crm.accounts import audit
from crm.accounts.actions import end_access
from crm.database import execute, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.web.i18n import _

STEP = 30
RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for each other


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The 30-second step that this code belongs to: the present one or a neighbour (clocks differ); None if wrong."""
    digits = "".join(code.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    current = int(now.timestamp()) // STEP
    totp = pyotp.TOTP(secret, interval=STEP)
    for step in (current, current - 1, current + 1):
        if secrets.compare_digest(totp.generate_otp(step), digits):
            return step
    return None


def recovery_hash(user_id: int, code: str) -> bytes:
    """What is stored of a recovery code; blanks, hyphens and capitals don't matter when it is typed in."""
    letters = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(f"recovery {user_id} {letters}".encode("utf-8", "replace")).digest()


def _new_recovery_code() -> str:
    letters = [secrets.choice(_LETTERS) for _n in range(12)]
    return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))


async def use_code(user_id: int, code: str, *, now: datetime) -> str:
    """Use up a code: "app", "recovery", or "" if it is wrong or was used before (each step counts once, RFC 6238
    section 5.2). Two at the same moment: one of them wins."""
    row = await fetch_one("SELECT totp_secret, totp_confirmed_at FROM staff WHERE id = $1", user_id)
    if row is None or row.totp_confirmed_at is None:
        return ""
    step = step_of(row.totp_secret, code, now)
    if step is not None:
        fresh = await fetch_value(
            "UPDATE staff SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2 RETURNING id", user_id, step
        )
        return "app" if fresh else ""
    used = await fetch_value(
        'UPDATE recovery_code SET used_at = $3 WHERE id = (SELECT id FROM recovery_code WHERE "user" = $1 AND code_hash = $2 '
        "AND used_at IS NULL LIMIT 1 FOR UPDATE) AND used_at IS NULL RETURNING id",
        user_id, recovery_hash(user_id, code), now,
    )  # fmt: skip
    return "recovery" if used else ""


async def prepare_second_factor(user_id: int) -> str:
    """The secret to enter into the app, made once until it is confirmed. Raises RuleBroken if it is confirmed already."""
    secret = await fetch_value(
        "UPDATE staff SET totp_secret = CASE WHEN totp_secret = '' THEN $2 ELSE totp_secret END "
        "WHERE id = $1 AND totp_confirmed_at IS NULL RETURNING totp_secret",
        user_id, pyotp.random_base32(),
    )  # fmt: skip
    if secret is None:
        raise RuleBroken(_("Two-factor log-in is already on. Switch it off first to use another app."))
    return str(secret)


def app_address(secret: str, email: str, company: str) -> str:
    """What the QR code says (otpauth://)."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=email, issuer_name=company or "Nahbar")


async def turn_on_second_factor(user_id: int, code: str, *, session_id: int | None, now: datetime) -> list[str]:
    """Confirm the app with its first code; answers the ten recovery codes, readable only now. Sessions elsewhere end:
    they were started without the second factor. Raises Invalid for a wrong code."""
    async with transaction():
        row = await fetch_one(
            "SELECT totp_secret, totp_confirmed_at FROM staff WHERE id = $1 FOR NO KEY UPDATE", user_id
        )
        if row is None or not row.totp_secret or row.totp_confirmed_at is not None:
            raise RuleBroken(_("Two-factor log-in is already on. Switch it off first to use another app."))
        step = step_of(row.totp_secret, code, now)
        if step is None:
            raise Invalid(
                {"code": _("This code is not right. Check the clock of your telephone and type in the next one.")}
            )
        await execute("UPDATE staff SET totp_confirmed_at = $2, totp_last_step = $3 WHERE id = $1", user_id, now, step)
        codes = await _replace_recovery_codes(user_id)
        await end_access(user_id, except_session=session_id, now=now)
        await audit.record("second_factor.on", "user", user_id, by=user_id, now=now)
    return codes


async def renew_recovery_codes(user_id: int, *, now: datetime) -> list[str]:
    """Ten new recovery codes; the old ones end. Raises RuleBroken without a second factor."""
    async with transaction():
        if not await fetch_value(
            "SELECT 1 FROM staff WHERE id = $1 AND totp_confirmed_at IS NOT NULL FOR NO KEY UPDATE", user_id
        ):
            raise RuleBroken(_("Two-factor log-in is not on, so there is nothing to recover."))
        codes = await _replace_recovery_codes(user_id)
        await audit.record("second_factor.recovery_codes", "user", user_id, by=user_id, now=now)
    return codes


async def _replace_recovery_codes(user_id: int) -> list[str]:
    codes = [_new_recovery_code() for _n in range(RECOVERY_CODES)]
    await execute('DELETE FROM recovery_code WHERE "user" = $1', user_id)
    await execute(
        'INSERT INTO recovery_code ("user", code_hash) SELECT $1, unnest($2::bytea[])',
        user_id, [recovery_hash(user_id, code) for code in codes],
    )  # fmt: skip
    return codes


async def turn_off_second_factor(user_id: int, *, by: int, now: datetime) -> None:
    """Back to the password alone: by the user, or by an administrator for someone who has lost app and codes. Done by
    another, the user's sessions end as well."""
    async with transaction():
        row = await fetch_one(
            "UPDATE staff SET totp_secret = '', totp_confirmed_at = NULL, totp_last_step = 0 WHERE id = $1 RETURNING id",
            user_id,
        )
        if row is None:
            raise NotFound()
        await execute('DELETE FROM recovery_code WHERE "user" = $1', user_id)
        if by != user_id:
            await end_access(user_id, now=now)
        await audit.record("second_factor.off", "user", user_id, by=by, now=now)


async def unused_recovery_codes(user_id: int) -> int:
    return int(await fetch_value('SELECT count(*) FROM recovery_code WHERE "user" = $1 AND used_at IS NULL', user_id))

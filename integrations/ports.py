"""One Protocol per office. Values are what JSON knows; refusals are OfficeError with the codes named here."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

Reply: TypeAlias = dict[str, Any]


class AppointmentsPort(Protocol):
    """Hospital appointments. Days are `2026-03-12`, parts of the day `am` or `pm`, a session is

    `{session_id, hospital, department, doctor, date, part_of_day, fee_yuan, remaining}`."""

    def list_departments(self, hospital: str | None) -> Reply:
        """`{departments: [name]}`, those with most free places first."""
        ...

    def list_hospitals(self) -> Reply:
        """`{hospitals: [name]}`."""
        ...

    def find_sessions(
        self, department: str, hospital: str | None, doctor: str | None, date: str, part_of_day: str
    ) -> Reply:
        """`{sessions: [session], nearest: [session]}`; `nearest` only where there is none at that time.

        Refusals: unknown_department, too_early, too_late."""
        ...

    def book(
        self, session_id: int, patient: str, patient_name: str | None, phone: str | None, person_id: int | None
    ) -> Reply:
        """`{code, hospital, department, doctor, date, part_of_day, fee_yuan, patient_name}`.

        Refusals: already_booked, session_full, not_found, too_early, too_late."""
        ...

    def find_bookings(self, phone: str | None, code: str | None) -> Reply:
        """`{bookings: [booking + cancellable]}`, those still to come, the soonest first."""
        ...

    def move(self, code: str, session_id: int, phone: str | None) -> Reply:
        """The booking in another session, in one act: `{code, …}` as of `book`. Its code stays.

        Refusals: not_found, too_late, too_early, session_full, already_booked."""
        ...

    def cancel(self, code: str, phone: str | None) -> Reply:
        """`{code}`. Refusals: not_found, too_late."""
        ...


class PensionPort(Protocol):
    """Pensions."""

    def last_payment(self, identity_number: str | None, person_id: int | None, phone: str | None) -> Reply:
        """`{status, month, amount_yuan, paid_on, reason}`; status is paid, pending or stopped.

        Refusals: identity_unknown, identity_mismatch."""
        ...


class MessagesPort(Protocol):
    """Text messages to mobile phones."""

    def send(self, number: str, text: str, report_to: str | None) -> Reply:
        """`{state}`: sent (taken by the gateway). `report_to` is an address in which the gateway puts the delivery

        state for `%d`. Refusals: not_mobile, too_long, refused."""
        ...

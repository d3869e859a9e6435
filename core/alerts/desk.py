"""The desk of alerts: looks at incidents, keeps the outbox, and sends what is due."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, partial

from core.alert import Alert, AlertStatus, Maintenance, Told
from core.alert_settings import AlertSettings, Route
from core.alerts import message, planning
from core.alerts.message import Concern
from core.domain import Incident
from core.errors import NotFound, TrimtabError
from core.incidents import shared
from core.ports import Channel, Clock
from core.receipts import Check
from core.store import StateStore, StoredMonitor

AT_ONCE = 3
"""More than so many messages to one channel at a time become one that lists them."""
LAST_PING, PING_PROBLEM = "alerts/last_ping", "alerts/ping_problem"
_Monitors = Callable[[], Mapping[str, StoredMonitor]]
_log = logging.getLogger("trimtab.alerts")


class AlertDesk:
    """Tells people about incidents; safe to call from several threads, and sends from one at a time.

    What is to be told is on record, in one transaction with the note that it was noticed, before anything is
    sent. It is marked as sent after the channel took it: a crash in between sends it twice, never not at all.
    Nothing here is held while a channel is waited for, so that judging never waits for one.

    Parameters
    ----------
    settings
        Routes, cooldown, the pane's address.
    state
        Incidents, the outbox, maintenance windows.
    channels
        Name → channel.
    beacon
        The dead man's switch, None where there is none.
    clock
        Tells the time.
    """

    def __init__(
        self,
        settings: AlertSettings,
        *,
        state: StateStore,
        channels: Mapping[str, Channel],
        beacon: Channel | None,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._state = state
        self._table = state.alerts
        self._channels = channels
        self._beacon = beacon
        self._clock = clock

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels that the settings know."""
        return tuple(self._channels)

    @property
    def has_beacon(self) -> bool:
        """Whether there is a dead man's switch."""
        return self._beacon is not None

    # ---------------------------------------------------------------- what control does by itself

    def tend(self) -> None:
        """Notice what became of incidents, and send what is due."""
        if not self._channels:
            return
        now = self._clock.now()
        told = {one.incident: one for one in self._table.told()}
        open_before = [one.incident for one in told.values() if one.is_open]
        waiting = self._table.waiting()
        known = {*open_before, *(one.incident for one in waiting)}
        seen = {one.id: one for one in shared.gather(self._state.incidents_calling(known), now)}
        muted = self._muted(seen.values(), now)
        monitors = cache(self._monitors)
        record: dict[str, list[Alert]] = defaultdict(list)
        for alert in (*self._table.of(seen), *(one for one in waiting if one.incident not in seen)):
            record[alert.incident].append(alert)
        news: list[tuple[Told, list[Alert]]] = []
        for one in seen.values():
            if one.id not in muted:
                before = told.get(one.id)
                routes = partial(self._routes, one, monitors)
                after, made = planning.plan(one, before, record[one.id], routes, now)
                record[one.id] += made
                news += [(after, made)] if after is not None and (made or after != before) else []
        # One that is part of another by now is silent: that speaks for it.
        news += [(replace(told[one], is_open=False), []) for one in open_before if one not in seen]
        self._table.tell(news)
        self._send(seen, record, muted, monitors, now)

    def _routes(self, incident: Incident, monitors: _Monitors) -> list[Route]:
        specs = [monitors()[name].spec for name in incident.names if name in monitors()]
        units = frozenset(spec.unit for spec in specs if spec.unit)
        owners = frozenset(spec.owner for spec in specs if spec.owner)
        return [route for route in self._settings.every_route if route.concerns(units, owners)]

    def _monitors(self) -> dict[str, StoredMonitor]:
        return {one.spec.model: one for one in self._state.list_monitors()}

    # ---------------------------------------------------------------- sending

    def _send(
        self,
        seen: Mapping[str, Incident],
        record: Mapping[str, Sequence[Alert]],
        muted: Iterable[str],
        monitors: _Monitors,
        now: datetime,
    ) -> None:
        due: dict[str, list[Alert]] = defaultdict(list)
        for alert in (one for alerts in record.values() for one in alerts):
            if alert.status is not AlertStatus.WAITING:
                continue
            last = _last_sent(alert, record[alert.incident])
            turn = planning.turn(alert, seen.get(alert.incident), last, self._settings.cooldown, now)
            if turn == "pass":
                self._table.change(replace(alert, status=AlertStatus.PASSED))
            elif turn == "send" and alert.next_at <= now and alert.incident not in muted:
                due[alert.channel].append(alert)
        for name, alerts in due.items():
            pairs = [(alert, seen[alert.incident]) for alert in alerts]
            if len(pairs) > AT_ONCE:
                self._deliver(name, alerts, *message.digest(pairs, self._settings.link))
                continue
            for alert, incident in pairs:
                concern = _concern(incident, monitors())
                self._deliver(name, [alert], *message.one(alert, incident, concern, self._settings.link))

    def _deliver(self, name: str, alerts: Sequence[Alert], title: str, text: str) -> None:
        error = self._try(name, title, text)
        now = self._clock.now()
        with self._state.together():
            for alert in alerts:
                after = planning.sent(alert, now) if error is None else planning.failed(alert, error, now)
                self._table.change(after)
                if after.status is AlertStatus.GIVEN_UP:
                    _log.error("alerts.given_up channel=%s key=%s cause=%s", name, alert.key, error)
        if error is not None:
            _log.warning("alerts.not_sent channel=%s n=%d cause=%s", name, len(alerts), error)

    def _try(self, name: str, title: str, text: str) -> str | None:
        """Return why a channel did not take a message, None where it did."""
        channel = self._channels.get(name)
        if channel is None:
            return f"no channel is called '{name}' any more"
        try:
            channel.send(title, text)
        except TrimtabError as error:
            return str(error)
        return None

    def test(self, name: str) -> None:
        """Send a message that says that it is a test.

        Raises
        ------
        NotFound
            The settings know no such channel.
        Unavailable
            The channel did not take it.
        """
        channel = self._channels.get(name)
        if channel is None:
            known = ", ".join(self._channels) or "none"
            raise NotFound("channel", name, hint=f"This workspace knows: {known}. See [alerts.channels].")
        channel.send("Trimtab: a test", "This channel will be told about incidents. Nothing is wrong.")

    def latest(self, limit: int = 100) -> list[Alert]:
        """Return what was told or is to be told, the latest first."""
        return self._table.latest(limit)

    # ---------------------------------------------------------------- being heard

    def ping(self, problem: str | None) -> None:
        """Tell the dead man's switch that all is well; where it is not, say nothing: it waits for silence.

        Parameters
        ----------
        problem
            What keeps this process from judging; None if nothing does.

        """
        if self._beacon is None:
            return
        if problem is None:
            try:
                self._beacon.send("Trimtab is alive", "It judges and sends alerts.")
                self._state.save_setting(LAST_PING, self._clock.now().isoformat())
            except TrimtabError as error:
                problem = str(error)
        if problem is not None:
            _log.warning("alerts.no_ping cause=%s", problem)
        self._state.save_setting(PING_PROBLEM, problem or "")

    def last_ping(self) -> datetime | None:
        """Return when the dead man's switch last heard of this workspace."""
        at = self._state.setting(LAST_PING)
        return None if at is None else datetime.fromisoformat(at)

    def counts(self) -> Mapping[AlertStatus, int]:
        """Count the alerts on record by what became of them."""
        return self._table.counts()

    def checks(self) -> Iterator[Check]:
        """Say of every channel, and of the dead man's switch, whether people would hear."""
        if not self._channels:
            hint = "Name a channel in [alerts.channels] of trimtab.toml; see docs/alerts.md."
            yield Check(name="alerts", ok=True, message="no channel: nobody is told of incidents", hint=hint)
        yield from (self._check(name, channel) for name, channel in self._channels.items())
        if self._beacon is not None:
            yield self._check_beacon(self._beacon)

    def _check(self, name: str, channel: Channel) -> Check:
        found = channel.problem()
        ended = self._table.last(name, (AlertStatus.SENT, AlertStatus.GIVEN_UP))
        if found is None and ended is not None and ended.status is AlertStatus.GIVEN_UP:
            found = f"an alert was given up after {ended.n_attempts} attempts: {ended.error}"
        if found is not None:
            hint = f"Mend it, then try it with: trimtab alerts --test {name}"
            return Check(name=f"channel {name}", ok=False, message=found, hint=hint)
        waiting = sum(one.channel == name for one in self._table.waiting())
        told = "never told" if ended is None else f"last told {ended.sent_at:%Y-%m-%d %H:%M} UTC"
        more = f", {waiting} waiting" if waiting else ""
        return Check(name=f"channel {name}", ok=True, message=f"{told}{more}")

    def _check_beacon(self, beacon: Channel) -> Check:
        last, now = self.last_ping(), self._clock.now()
        silent = last is None or now - last > 3 * self._settings.heartbeat_every
        problem = beacon.problem() or self._state.setting(PING_PROBLEM)
        if not problem and not silent:
            return Check(name="heartbeat", ok=True, message=f"last ping {last:%Y-%m-%d %H:%M} UTC")
        told = "never pinged" if last is None else f"last ping {last:%Y-%m-%d %H:%M} UTC"
        message = f"{told}{f': {problem}' if problem else ''}"
        hint = "It is pinged while trimtab up runs and judges; whoever waits for it is alarmed by now."
        return Check(name="heartbeat", ok=False, message=message, hint=hint)

    # ---------------------------------------------------------------- maintenance

    def _muted(self, incidents: Iterable[Incident], now: datetime) -> frozenset[str]:
        """Return the incidents all of whose models are in maintenance."""
        spans = self._table.maintenance(until_after=now)
        return frozenset(one.id for one in incidents if _covered(one, spans, now))


def _last_sent(alert: Alert, alerts: Sequence[Alert]) -> datetime | None:
    """Return when the channel was last told of the incident, None where it never was."""
    times = [one.sent_at for one in alerts if one.channel == alert.channel and one.sent_at is not None]
    return max(times, default=None)


def _covered(incident: Incident, spans: Sequence[Maintenance], now: datetime) -> bool:
    return all(any(span.covers(name, now) for span in spans) for name in incident.names)


def _concern(incident: Incident, monitors: Mapping[str, StoredMonitor]) -> Concern:
    specs = [monitors[name].spec for name in incident.names if name in monitors]
    return Concern(
        owners=_each(spec.owner for spec in specs),
        on_call=_each(spec.on_call for spec in specs),
        runbooks=_each(spec.runbook for spec in specs),
    )


def _each(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))

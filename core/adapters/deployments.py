"""Deployments as the outside world offers them: a webhook, a command, a DAG of Airflow's.

Each order carries an id, and passing the same order on twice must do no more than once: a crash between the
call and its record makes Trimtab call again.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence

import httpx

from core import wire
from core.deployments import DeploymentSettings
from core.errors import Conflict, Unavailable
from core.ports import Deployment, Order

_LONGEST = 200
# Its answers say that the same order again may succeed; every other refusal is one.
_AGAIN = frozenset({408, 425, 429})


class _Named:
    def __init__(self, settings: DeploymentSettings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        """Its name in this workspace's settings."""
        return self._settings.name

    @property
    def _what(self) -> str:
        return f"The deployment '{self.name}'"

    def _post(self, address: str, document: object, headers: Mapping[str, str]) -> httpx.Response:
        sent = {**headers, **self._authorization()}
        try:
            return httpx.post(
                address,
                content=wire.dumps(document),
                headers=sent,
                timeout=self._settings.timeout_s,
                trust_env=False,
            )
        except httpx.HTTPError as error:
            raise Unavailable(self._what, str(error) or type(error).__name__) from None

    def _authorization(self) -> Mapping[str, str]:
        variable = self._settings.token_env
        if variable is None:
            return {}
        if variable not in os.environ:
            hint = f"Set {variable} before starting Trimtab."
            raise Unavailable(self._what, f"the environment variable {variable} is not set", hint=hint)
        return {"Authorization": f"Bearer {os.environ[variable]}"}

    def _told(self, answer: httpx.Response) -> str:
        """Return what was answered; raises ``Unavailable`` or ``Conflict`` where it was no."""
        text = " ".join(answer.text.split())[:_LONGEST]
        said = f"{answer.status_code} {answer.reason_phrase}" + (f": {text}" if text else "")
        if answer.is_success:
            return f"{answer.status_code} {answer.reason_phrase}"
        if answer.is_server_error or answer.status_code in _AGAIN:
            raise Unavailable(self._what, f"it answered {said}")
        raise Conflict(f"it answered {said}")


class Webhook(_Named):
    """POSTs the order as JSON, its id as ``Idempotency-Key``; any 2xx means that it was taken."""

    def deploy(self, order: Order) -> str:
        """Pass an order on; see :class:`core.ports.Deployment`."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": order.id}
        return self._told(self._post(self._settings.address, _document(order), headers))


class Command(_Named):
    """Runs a program with the order on its standard input; it is taken when the program ends with 0.

    75 (EX_TEMPFAIL of sysexits.h) and a timeout mean that trying again may help; any other end is a refusal.
    """

    def deploy(self, order: Order) -> str:
        """Pass an order on; see :class:`core.ports.Deployment`."""
        code, out, err = self._run(wire.dumps(_document(order)))
        lines = (err if code else out).decode(errors="replace").strip().splitlines()
        said = (lines[-1] if lines else "")[:_LONGEST]
        if code == 0:
            return said or "ended with 0"
        told = f"it ended with {code}" + (f": {said}" if said else "")
        if code == os.EX_TEMPFAIL:
            raise Unavailable(self._what, told)
        raise Conflict(told)

    def _run(self, order: bytes) -> tuple[int, bytes, bytes]:
        timeout, piped = self._settings.timeout_s, subprocess.PIPE
        try:
            # The settings' own program, never a spec's; no shell. A session of its own ends as a whole.
            process = subprocess.Popen(  # noqa: S603
                self._settings.command, stdin=piped, stdout=piped, stderr=piped, start_new_session=True
            )
        except OSError as error:
            raise Conflict(f"its program cannot be run: {error.strerror or error}") from None
        with process:
            try:
                out, err = process.communicate(order, timeout=timeout)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                raise Unavailable(self._what, f"it did not end within {timeout:g} s") from None
        return process.returncode, out, err


class AirflowRun(_Named):
    """Starts a run of a DAG with the order as its conf; the order's id names the run, so there is one.

    Airflow 3's stable REST API (``/api/v2``) is asked first, then Airflow 2's (``/api/v1``).
    """

    def deploy(self, order: Order) -> str:
        """Pass an order on; see :class:`core.ports.Deployment`."""
        headers = {"Content-Type": "application/json"}
        run = {"dag_run_id": f"trimtab-{order.id}", "conf": _document(order)}
        bodies = {"v2": {**run, "logical_date": None}, "v1": run}
        answer = None
        for version, body in bodies.items():
            address = f"{self._settings.address}/api/{version}/dags/{self._settings.dag}/dagRuns"
            answer = self._post(address, body, headers)
            if answer.status_code == httpx.codes.CONFLICT:
                return "the run is there already"
            if answer.status_code not in (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED):
                break
        if answer is None:
            raise Unavailable(self._what, "no request was made")
        return self._told(answer)


_KINDS: Mapping[str, Callable[[DeploymentSettings], Deployment]] = {
    "webhook": Webhook,
    "command": Command,
    "airflow": AirflowRun,
}


def open_deployments(settings: Sequence[DeploymentSettings]) -> dict[str, Deployment]:
    """Return the deployments of a workspace by name; nothing is called yet."""
    return {one.name: _KINDS[one.kind](one) for one in settings}


def _document(order: Order) -> dict[str, str | int | None]:
    return {
        "id": order.id,
        "kind": order.kind,
        "registry": order.registry,
        "model": order.model,
        "alias": order.alias,
        "from_version": order.from_version,
        "to_version": order.to_version,
        "generation": order.generation,
    }

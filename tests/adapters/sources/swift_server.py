"""OpenStack Swift, which public clouds sell as S3: its proxy, account, container and object servers on one disk."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

ACCESS, SECRET = "essai:collecte", "secret-de-la-collecte"
_PIPELINE = "catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth slo dlo proxy-logging"


class SwiftServer:
    """Answers S3 requests of the account `collecte` at `endpoint`."""

    def __init__(self, folder: Path) -> None:
        if not Path("/usr/bin/swift-proxy-server").exists():
            pytest.fail("Swift is missing: make system")
        self.folder = folder
        self.ports = dict(zip(("proxy", "account", "container", "object"), _free_ports(4), strict=True))
        self.endpoint = f"http://127.0.0.1:{self.ports['proxy']}"
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        (self.folder / "disks" / "disk").mkdir(parents=True)
        self._configure()
        for kind in ("account", "container", "object"):
            self._ring(kind)
        with (self.folder / "log").open("wb") as log:
            self._processes = [
                subprocess.Popen(
                    [f"/usr/bin/swift-{kind}-server", str(self.folder / f"{kind}.conf")],
                    env=self._environment,
                    stdout=log,
                    stderr=log,
                )
                for kind in self.ports
            ]
        for port in self.ports.values():
            _wait_until_open(port, self.folder / "log")

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(10)

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "SWIFT_DIR": str(self.folder), "PYTHONPATH": ""}

    def _configure(self) -> None:
        common = f"[DEFAULT]\nbind_ip = 127.0.0.1\nuser = {getpass.getuser()}\nswift_dir = {self.folder}\nworkers = 0\n"
        for kind in ("account", "container", "object"):
            (self.folder / f"{kind}.conf").write_text(
                f"{common}bind_port = {self.ports[kind]}\ndevices = {self.folder}/disks\nmount_check = false\n"
                "disable_fallocate = true\nlog_level = ERROR\n"
                f"[pipeline:main]\npipeline = {kind}-server\n"
                f"[app:{kind}-server]\nuse = egg:swift#{kind}\n"
            )
        filters = "".join(
            f"[filter:{name}]\nuse = egg:swift#{name.replace('-', '_')}\n"
            for name in ("catch_errors", "gatekeeper", "healthcheck", "listing_formats", "slo", "dlo", "proxy-logging")
        )
        (self.folder / "proxy.conf").write_text(
            f"{common}bind_port = {self.ports['proxy']}\nlog_level = ERROR\n"
            f"[pipeline:main]\npipeline = {_PIPELINE} proxy-server\n"
            "[app:proxy-server]\nuse = egg:swift#proxy\nallow_account_management = true\naccount_autocreate = true\n"
            f"{filters}"
            "[filter:cache]\nuse = egg:swift#memcache\nmemcache_servers = 127.0.0.1:9\n"
            "[filter:s3api]\nuse = egg:swift#s3api\nlocation = eu-west-3\ns3_acl = false\n"
            f"[filter:tempauth]\nuse = egg:swift#tempauth\nuser_{ACCESS.replace(':', '_')} = {SECRET} .admin\n"
        )
        (self.folder / "swift.conf").write_text(
            "[swift-hash]\nswift_hash_path_suffix = essai\nswift_hash_path_prefix = essai\n"
            "[storage-policy:0]\nname = un\ndefault = yes\n"
        )

    def _ring(self, kind: str) -> None:
        builder = str(self.folder / f"{kind}.builder")
        device = f"r1z1-127.0.0.1:{self.ports[kind]}/disk"
        for words in (("create", "1", "1", "0"), ("add", device, "1"), ("rebalance", "--seed", "1")):
            done = subprocess.run(
                ["/usr/bin/swift-ring-builder", builder, *words],
                env=self._environment,
                capture_output=True,
                check=False,
            )
            assert done.returncode in (0, 1), done.stdout  # 1: done, with a warning


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _wait_until_open(port: int, log: Path) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"Swift does not listen: {log.read_text()}")

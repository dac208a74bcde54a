"""A shop of its own for the scripts that test the program from outside: the one that was built last, with sample data."""

import json, os, random, signal, socket, subprocess, sys, time, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.abspath(os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "..", "target")))
PROGRAM = os.path.join(TARGET, "debug", "ironmonger")
PASSWORD = "hammer and tongs"
PEOPLE = {"customer": "fiona@example.org", "staff": "fulfilment@ironmonger.example", "admin": "admin@ironmonger.example"}


def free_ports(count):
    """Ports that the system does not hand out by itself, so that nobody takes them before the shop does."""
    found = []
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
        if len(found) == count:
            return found
    sys.exit("No free port.")


class Shop:
    """A shop of its own, with sample data and the offline Stripe."""

    def __init__(self, folder):
        port, sandbox = free_ports(2)
        self.root = f"http://127.0.0.1:{port}"
        foreign = ("DATABASE_URL", "STRIPE_", "SMTP_")
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
        self.env |= {
            "DATA_DIR": os.path.join(folder, "data"), "PORT": str(port), "STRIPE_SANDBOX_PORT": str(sandbox),
            "PUBLIC_URL": self.root, "API_RATE_ADDRESS": "off", "API_RATE_PRINCIPAL": "off", "LOG": "warn",
            # nobody but this machine is asked, whatever a test types
            "OUTBOUND_REACH": "loopback",
        }
        self.log = open(os.path.join(folder, "log"), "w+")
        self.process = subprocess.Popen([PROGRAM, "serve", "--sample"], env=self.env, stdout=self.log, stderr=self.log)

    def ready(self):
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                return urllib.request.urlopen(self.root + "/health/ready", timeout=5).status == 200
            except OSError:
                time.sleep(0.5)
        self.log.seek(0)
        sys.exit(self.log.read() + "\nThe shop did not start.")

    def ask(self, path, headers=None, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = (headers or {}) | ({"Content-Type": "application/json"} if data else {})
        with urllib.request.urlopen(urllib.request.Request(self.root + path, data, headers), timeout=30) as response:
            return json.load(response)

    def command(self, *words):
        done = subprocess.run([PROGRAM, *words], env=self.env, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)

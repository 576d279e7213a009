//! `wattkey-demo`: one bill paid with a USB key, shown step by step.

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use serde_json::Value;
use wattkey_e2e::{
    Layout, Program, Running, World, interrupt, provision, sample,
    world::{CARD_PIN, Ports, USER_PIN},
};

/// Shows one bill paid with a USB key, on this machine, with real parts but for the bank and the tokens.
///
/// Everything is below one folder that can be deleted. The first run provisions it: both CAs, the
/// encryption card, three large customers with a USB key each, twelve months of bills. Later runs
/// go on with the same data.
#[derive(Debug, Parser)]
#[command(name = "demo", version)]
struct Arguments {
    /// Run the main job without a person, one line a step with its time, and end
    #[arg(long)]
    headless: bool,
    /// Delete the folder first and start over
    #[arg(long)]
    fresh: bool,
    /// The folder that holds everything
    #[arg(long, default_value = "demo-state")]
    folder: PathBuf,
    /// Seed of the sample data
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// Port of the security server (free ones unless given)
    #[arg(long)]
    gateway_port: Option<u16>,
    /// Port of the platform's listener for security servers
    #[arg(long)]
    platform_port: Option<u16>,
    /// Port of the platform's listener for managers
    #[arg(long)]
    managers_port: Option<u16>,
    /// Port of the bank stand-in
    #[arg(long)]
    bank_port: Option<u16>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the demonstration failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    interrupt::listen()?;
    let mut steps = Steps::new(!arguments.headless);
    let mut world = world(arguments, &mut steps)?;
    let running = steps.step("start bank stand-in, platform and security server", || {
        let running = world.start()?;
        Ok((
            running,
            format!("security server on 127.0.0.1:{}", world.ports().gateway),
        ))
    })?;
    main_job(&mut world, &mut steps)?;
    if arguments.headless {
        steps.step("stop everything", || {
            running.stop()?;
            Ok(((), "all ended well".to_owned()))
        })?;
        say("done");
        return Ok(());
    }
    stay(&world, running)
}

/// The world of the folder: the one that is there, or a new one.
fn world(arguments: &Arguments, steps: &mut Steps) -> Result<World> {
    let programs = provision::programs()?;
    let folder = std::path::absolute(&arguments.folder)?;
    if arguments.fresh {
        Layout::new(&folder).delete()?;
    }
    let asked = |free: Ports| Ports {
        gateway: arguments.gateway_port.unwrap_or(free.gateway),
        platform: arguments.platform_port.unwrap_or(free.platform),
        managers: arguments.managers_port.unwrap_or(free.managers),
        bank: arguments.bank_port.unwrap_or(free.bank),
    };
    let layout = Layout::new(&folder);
    if let Some(world) = World::existing(&folder, &programs)? {
        layout.hold()?;
        say(&format!(
            "going on with {} (--fresh starts over)",
            folder.display()
        ));
        return world.with_ports(asked(Ports::free()?));
    }
    layout.claim()?;
    let mut world = World::new(&folder, &programs, asked(Ports::free()?));
    steps.step("provision", || {
        let summary = world.provision(arguments.seed)?;
        Ok(((), summary))
    })?;
    Ok(world)
}

/// Pays one bill from unlocking to the receipt, then loses the USB key.
fn main_job(world: &mut World, steps: &mut Steps) -> Result<()> {
    replace_lost_keys(world, steps)?;
    let Some((customer, bill)) = payable(world)? else {
        say("every bill of the sample is paid; --fresh starts over");
        return Ok(());
    };
    let person = Person {
        world: world.clone(),
        key: world.usb_key(customer),
        pc: "cashier",
    };
    let who = sample::CUSTOMERS[customer];
    steps.step(
        &format!("unlock the USB key of {} ({})", who.user.1, who.name),
        || {
            let me = person.ask(&["whoami"])?;
            Ok(((), format!("key {}", text(&me, "/key/serial")?)))
        },
    )?;
    steps.step("contract accounts", || {
        let accounts = person.ask(&["accounts"])?;
        let list = member(&accounts, "/accounts")?
            .as_array()
            .context("a list")?;
        let open: i64 = list.iter().filter_map(|a| a["open"].as_i64()).sum();
        Ok(((), format!("{} accounts, open {}", list.len(), money(open))))
    })?;
    steps.show(&person, &["accounts"])?;
    let total = steps.step(&format!("bill {bill} and its lines"), || {
        let shown = person.ask(&["bill", "show", &bill])?;
        let quote = member(&shown, "/bill/quote")?;
        let (principal, penalty) = (minor(quote, "/principal")?, minor(quote, "/penalty")?);
        let lines = member(&shown, "/document/lines")?
            .as_array()
            .context("a list")?
            .len();
        let days = member(quote, "/days")?;
        let text = format!(
            "{} lines, {} and penalty {} for {days} days",
            lines,
            money(principal),
            money(penalty)
        );
        Ok((decimal(principal + penalty), text))
    })?;
    steps.show(&person, &["bill", "show", &bill])?;
    let order = pay(&person, &bill, &total, steps)?;
    steps.show(&person, &["payment", "show", &order])?;
    receipt(&person, &order, steps)?;
    same_order_again(&person, &order, steps)?;
    lose_key(world, customer, &person, steps)
}

/// One person at one PC with one USB key.
struct Person {
    world: World,
    key: String,
    pc: &'static str,
}

impl Person {
    fn program(&self, arguments: &[&str]) -> Result<Program> {
        let program = self.world.wattkey(&self.key, self.pc)?;
        Ok(program
            .args(["--json", "--pin-fd", "0"])
            .args(arguments.iter().copied())
            .input_line(USER_PIN))
    }

    fn ask(&self, arguments: &[&str]) -> Result<Value> {
        Ok(serde_json::from_str(
            &self.program(arguments)?.succeed()?.stdout,
        )?)
    }

    fn payable(&self) -> Result<Option<String>> {
        for state in ["overdue", "open"] {
            let bills = self.ask(&["bills", "--state", state])?;
            if let Some(bill) = bills.pointer("/bills/0/bill").and_then(Value::as_str) {
                return Ok(Some(bill.to_owned()));
            }
        }
        Ok(None)
    }
}

/// The first customer with a bill to pay, overdue ones first.
fn payable(world: &World) -> Result<Option<(usize, String)>> {
    for customer in 0..sample::CUSTOMERS.len() {
        let person = Person {
            world: world.clone(),
            key: world.usb_key(customer),
            pc: "cashier",
        };
        if let Some(bill) = person.payable()? {
            return Ok(Some((customer, bill)));
        }
    }
    Ok(None)
}

/// Keys that an earlier run lost are replaced, as the issuing desk would do it.
fn replace_lost_keys(world: &mut World, steps: &mut Steps) -> Result<()> {
    for customer in world.customers_without_key() {
        let name = sample::CUSTOMERS[customer].user.1;
        steps.step(&format!("issue a new USB key to {name}"), || {
            let serial = world.issue_next_key(customer)?;
            Ok(((), format!("key {serial}")))
        })?;
    }
    Ok(())
}

fn pay(person: &Person, bill: &str, total: &str, steps: &mut Steps) -> Result<String> {
    steps.step(
        &format!(
            "pay {total} {}, signed with the PIN again",
            sample::CURRENCY
        ),
        || {
            let arguments = [
                "pay",
                bill,
                "--yes",
                "--expect-total",
                total,
                "--sign-pin-fd",
                "0",
                "--wait",
                "60",
            ];
            let output = person.program(&arguments)?.input_line(USER_PIN).succeed()?;
            let paid: Value = serde_json::from_str(&output.stdout)?;
            let order = text(&paid, "/order")?;
            ensure!(paid["state"] == "settled", "the order is {}", paid["state"]);
            let history = member(&paid, "/payment/history")?
                .as_array()
                .context("a list")?;
            let states: Vec<&str> = history.iter().filter_map(|e| e["state"].as_str()).collect();
            Ok((
                order.clone(),
                format!("the bank booked it: {}", states.join(", ")),
            ))
        },
    )
}

fn receipt(person: &Person, order: &str, steps: &mut Steps) -> Result<()> {
    let file = person
        .world
        .layout()
        .path("pcs")
        .join(person.pc)
        .join(format!("receipt-{order}.json"));
    let path = file.display().to_string();
    steps.step("save the receipt", || {
        person.ask(&["receipt", "save", order, "--to", &path])?;
        Ok(((), format!("{} bytes", std::fs::metadata(&file)?.len())))
    })?;
    steps.step("verify the receipt offline", || {
        let verify = person.world.wattkey(&person.key, person.pc)?;
        let output = verify
            .args(["--json", "receipt", "verify", &path])
            .succeed()?;
        let verified: Value = serde_json::from_str(&output.stdout)?;
        ensure!(verified["valid"] == true, "{verified}");
        Ok((
            (),
            format!(
                "{} as of {}",
                text(&verified, "/receipt/state")?,
                text(&verified, "/receipt/as_of")?
            ),
        ))
    })
}

fn same_order_again(person: &Person, order: &str, steps: &mut Steps) -> Result<()> {
    let file = person
        .world
        .layout()
        .path("pcs")
        .join(person.pc)
        .join(format!("order-{order}.jws"));
    let path = file.display().to_string();
    let other_pc = Person {
        world: person.world.clone(),
        key: person.key.clone(),
        pc: "other-pc",
    };
    steps.step(
        "send the same order from a PC with an empty journal",
        || {
            person.ask(&["payment", "export", order, "--to", &path])?;
            let again = other_pc.ask(&["pay", "--signed", &path])?;
            ensure!(
                again["order"] == order && again["state"] == "settled",
                "{again}"
            );
            let paid = person.ask(&["payments"])?;
            let list = member(&paid, "/payments")?.as_array().context("a list")?;
            let count = list.iter().filter(|p| p["order"] == order).count();
            ensure!(count == 1, "the order is there {count} times");
            Ok(((), "the same outcome, paid once".to_owned()))
        },
    )
}

fn lose_key(world: &mut World, customer: usize, person: &Person, steps: &mut Steps) -> Result<()> {
    steps.step("report the USB key lost", || {
        let serial = world.report_lost(customer)?;
        Ok(((), format!("key {serial} unbound and revoked")))
    })?;
    steps.step("the next request with that key is refused", || {
        let output = person.program(&["accounts"])?.run()?;
        let code = output.status.code();
        ensure!(
            matches!(code, Some(14 | 15)),
            "exit code {code:?}: {}{}",
            output.stdout,
            output.stderr
        );
        Ok(((), format!("exit code {}", code.unwrap_or_default())))
    })
}

/// Stays up until the person has seen enough.
fn stay(world: &World, mut running: Running) -> Result<()> {
    let folder = world.layout().root().display();
    let key = world.usb_key(1);
    let programs = world.programs().display();
    say(&format!(
        "\nEverything stays up. The PIN of every USB key is {USER_PIN}. In another terminal:\n\n  \
         export SOFTHSM2_CONF={folder}/usb-keys/{key}/softhsm2.conf   # plugs in the key of {}\n  \
         export WATTKEY_CONFIG={folder}/pcs/cashier/wattkey.toml\n  \
         {programs}/wattkey keys        # then: accounts, bills, bill show, pay, payments, receipt\n\n\
         At the issuing desk, where the PIN of the CAs' tokens is {CARD_PIN}:\n\n  \
         export SOFTHSM2_CONF={folder}/usb-keys/manager/softhsm2.conf   # plugs in the manager's key\n  \
         export WATTKEY_ADMIN_CONFIG={folder}/desk/admin.toml\n  \
         {programs}/wattkey-admin list        # then: log, report-lost\n\n\
         The books: {programs}/wattkey-platform verify --config {folder}/platform/platform.toml\n\n\
         Logs are in {folder}/logs. Press Enter or Ctrl-C to stop.",
        sample::CUSTOMERS[1].name,
    ));
    running.wait_for_person()?;
    running.stop()
}

/// Speaks to the person. A reader who has gone away ends nothing: the servers are still stopped.
fn say(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Numbered steps with their time.
struct Steps {
    number: u32,
    /// Whether a person watches: then each step also shows what `wattkey` says to people.
    watched: bool,
}

impl Steps {
    fn new(watched: bool) -> Self {
        Self { number: 0, watched }
    }

    /// Shows what a command of `wattkey` says to a person.
    fn show(&self, person: &Person, arguments: &[&str]) -> Result<()> {
        if !self.watched {
            return Ok(());
        }
        let program = person.world.wattkey(&person.key, person.pc)?;
        let program = program
            .args(["--pin-fd", "0"])
            .args(arguments.iter().copied());
        let output = program.input_line(USER_PIN).succeed()?;
        say(&format!("\n    $ wattkey {}", arguments.join(" ")));
        for line in output.stdout.lines() {
            say(&format!("    {line}"));
        }
        say("");
        Ok(())
    }

    fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<(T, String)>) -> Result<T> {
        ensure!(!interrupt::asked(), "interrupted");
        self.number += 1;
        let start = Instant::now();
        let (value, result) = work().with_context(|| format!("step {}, {name}", self.number))?;
        say(&format!(
            "{:2}. {name:<58} {:>7.1?}  {result}",
            self.number,
            round(start.elapsed())
        ));
        Ok(value)
    }
}

fn round(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

fn member<'a>(value: &'a Value, pointer: &str) -> Result<&'a Value> {
    value
        .pointer(pointer)
        .with_context(|| format!("no {pointer} in {value}"))
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    Ok(member(value, pointer)?
        .as_str()
        .with_context(|| format!("{pointer} is no text"))?
        .to_owned())
}

fn minor(value: &Value, pointer: &str) -> Result<i64> {
    member(value, pointer)?
        .as_i64()
        .with_context(|| format!("{pointer} is no amount"))
}

/// Minor units of a currency with two decimals, as `--expect-total` wants them.
fn decimal(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

fn money(minor: i64) -> String {
    format!("{} {}", decimal(minor), sample::CURRENCY)
}

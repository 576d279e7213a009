//! From an empty folder to three customers with years of bills.

use std::thread;

use anyhow::{Result, anyhow};
use wattkey_e2e::{
    Layout, Running, World,
    large::{self, APPROVER, Large, MONTHS},
    provision::{self, today},
    sample::CUSTOMERS,
    world::Ports,
};

use crate::{Arguments, steps::Steps, steps::say};

/// The approver's USB key.
pub(crate) const APPROVER_KEY: &str = "dongshan-approver";

/// The sample as it is reckoned, beside everything else.
pub(crate) type Reckoning = thread::JoinHandle<Result<Large>>;

/// The world of the folder: the one that is there, or a new one, whose files are being reckoned.
pub(crate) fn world(
    arguments: &Arguments,
    steps: &mut Steps,
) -> Result<(World, Option<Reckoning>)> {
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
        return Ok((world.with_ports(asked(Ports::free()?))?, None));
    }
    layout.claim()?;
    let (seed, halls, day) = (arguments.seed, arguments.halls, today());
    let reckoning = thread::spawn(move || large::large(seed, day, halls));
    let mut world = World::new(&folder, &programs, asked(Ports::free()?));
    let people = large::people(day, halls)?;
    steps.step(
        "make both CAs, cards, USB keys and the first records",
        || {
            world.provision_with(&people.text, |world| {
                let kind = ["--kind", "user", "--customer", CUSTOMERS[0].id];
                let company = CUSTOMERS[0].name;
                let serial = world.issue(APPROVER_KEY, &kind, APPROVER.0, APPROVER.1, company)?;
                world.bind(&serial)
            })?;
            let (customers, accounts) = (people.count("customer"), people.count("account"));
            let keys = CUSTOMERS.len() + 2;
            let made =
                format!("{customers} customers, {accounts} contract accounts, {keys} USB keys");
            Ok(((), made))
        },
    )?;
    Ok((world, Some(reckoning)))
}

/// Hands in what the marketing system has, as signed and numbered files, by a manager. The world is
/// complete only then: broken off here, it starts over.
pub(crate) fn hand_in(world: &World, reckoning: Reckoning, steps: &mut Steps) -> Result<()> {
    let large = steps.step(
        "reckon the customers' loads and bills (beside the above)",
        || {
            let large = reckoning.join();
            let large = large.map_err(|_| anyhow!("the sample's reckoning panicked"))??;
            let bytes = large.bills.text.len() + large.readings.text.len();
            Ok((large, format!("{} MB of records", bytes / 1_000_000)))
        },
    )?;
    steps.step("the marketing system's file 1, signed, handed in", || {
        world.hand_in(1, &large.bills)?;
        let (bills, paid) = (large.bills.count("bill"), large.bills.count("payment"));
        let points = large.bills.count("metering-point");
        let text = format!(
            "{points} metering points, {bills} bills of {MONTHS} months, {paid} of them paid"
        );
        Ok(((), text))
    })?;
    steps.step("file 2: 13 months and more of 15-minute readings", || {
        world.hand_in(2, &large.readings)?;
        let months = large.readings.count("readings");
        Ok(((), format!("{} values in {months} records", large.values)))
    })?;
    world.complete()
}

/// Bank stand-in, platform and security server.
pub(crate) fn start(world: &World, steps: &mut Steps) -> Result<Running> {
    steps.step("start bank stand-in, platform and security server", || {
        let running = world.start()?;
        let port = world.ports().gateway;
        Ok((running, format!("security server on 127.0.0.1:{port}")))
    })
}

//! `wattkey-demo`: bills paid with a USB key, shown step by step.

mod looking;
mod paying;
mod person;
mod setup;
mod steps;
mod window;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result};
use clap::Parser;
use wattkey_e2e::{
    Running, World, interrupt, sample,
    world::{CARD_PIN, USER_PIN},
};

use crate::{
    person::Person,
    steps::{Steps, say},
};

/// Shows bills paid with a USB key, on this machine, with real parts but for the bank and the tokens.
///
/// It pays bills before your eyes and stays up: where there is a display with the payment software's
/// window, until that is closed. Everything is below one folder that can be deleted. The first run
/// provisions it: both CAs, the encryption card, three large customers with a USB key each, 36 months
/// of bills and more than 13 months of 15-minute readings. Later runs go on with the same data.
#[derive(Debug, Parser)]
#[command(name = "demo", version)]
pub(crate) struct Arguments {
    /// Run the main job without a person, one line a step with its time, and end
    #[arg(long)]
    headless: bool,
    /// Delete the folder first and start over
    #[arg(long)]
    pub(crate) fresh: bool,
    /// The folder that holds everything
    #[arg(long, default_value = "demo-state")]
    pub(crate) folder: PathBuf,
    /// Seed of the sample data
    #[arg(long, default_value_t = 2026)]
    pub(crate) seed: u64,
    /// Halls of the data centre, each with a contract account
    #[arg(long, default_value_t = wattkey_sample::DATA_CENTRE_ACCOUNTS,
        value_parser = clap::value_parser!(u32).range(0..=50))]
    pub(crate) halls: u32,
    /// Port of the security server (free ones unless given)
    #[arg(long)]
    pub(crate) gateway_port: Option<u16>,
    /// Port of the platform's listener for security servers
    #[arg(long)]
    pub(crate) platform_port: Option<u16>,
    /// Port of the platform's listener for managers
    #[arg(long)]
    pub(crate) managers_port: Option<u16>,
    /// Port of the bank stand-in
    #[arg(long)]
    pub(crate) bank_port: Option<u16>,
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
    let (mut world, reckoning) = setup::world(arguments, &mut steps)?;
    let running = setup::start(&world, &mut steps)?;
    if let Some(reckoning) = reckoning {
        setup::hand_in(&world, reckoning, &mut steps)?;
    }
    if !arguments.headless && window::has_display() {
        // The bills of the window's customer are for the person.
        main_job(&mut world, &mut steps, Some(window::CUSTOMER))?;
        return window::open(&world, running);
    }
    if let Some((customer, person)) = main_job(&mut world, &mut steps, None)? {
        paying::lose_key(&mut world, customer, &person, &mut steps)?;
    }
    if arguments.headless {
        steps.step("stop everything", || {
            running.stop()?;
            Ok(((), "all ended well".to_owned()))
        })?;
        say("done");
        return Ok(());
    }
    say(
        "\nThere is no display here (DISPLAY and WAYLAND_DISPLAY are not set), so no window is opened.",
    );
    stay(&world, running)
}

/// A customer's day: looks around, pays one bill alone and several with a second person. Tells which
/// customer's it was.
fn main_job(
    world: &mut World,
    steps: &mut Steps,
    left_alone: Option<usize>,
) -> Result<Option<(usize, Person)>> {
    replace_lost_keys(world, steps)?;
    let Some((customer, bill, account)) = payable(world, left_alone)? else {
        say("every bill of the sample is paid; --fresh starts over");
        return Ok(None);
    };
    let person = cashier(world, customer);
    let who = sample::CUSTOMERS[customer];
    looking::who(&person, &format!("{} ({})", who.user.1, who.name), steps)?;
    looking::accounts(&person, steps)?;
    let total = paying::bill(&person, &bill, steps)?;
    looking::recomputed(&person, &bill, steps)?;
    let order = paying::pay(&person, &bill, &total, steps)?;
    paying::receipt(&person, &order, steps)?;
    paying::same_order_again(&person, &order, steps)?;
    if customer == 0 {
        paying::several(&person, steps)?;
    }
    looking::statement(&person, &account, steps)?;
    looking::consumption(&person, &account, steps)?;
    looking::warnings(&person, &account, steps)?;
    looking::own_data(&person, steps)?;
    if customer == 0 {
        looking::rights(&person, &account, steps)?;
    }
    looking::pdf(&person, &bill, steps)?;
    Ok(Some((customer, person)))
}

fn cashier(world: &World, customer: usize) -> Person {
    Person {
        world: world.clone(),
        key: world.usb_key(customer),
        pc: "cashier",
    }
}

/// The first customer with a bill to pay, the oldest one that is overdue; and its account.
fn payable(world: &World, left_alone: Option<usize>) -> Result<Option<(usize, String, String)>> {
    for customer in (0..sample::CUSTOMERS.len()).filter(|one| Some(*one) != left_alone) {
        if let Some(bill) = cashier(world, customer).payable()?.first() {
            let text = |member: &str| bill[member].as_str().map(str::to_owned);
            let (id, account) = (text("bill"), text("account"));
            let bill = (
                customer,
                id.context("an id")?,
                account.context("an account")?,
            );
            return Ok(Some(bill));
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

/// Stays up until the person has seen enough.
fn stay(world: &World, mut running: Running) -> Result<()> {
    say(&by_hand(world));
    say("Press Enter or Ctrl-C to stop.");
    running.wait_for_person()?;
    running.stop()
}

/// How to go on by the command line.
fn by_hand(world: &World) -> String {
    let folder = world.layout().root().display();
    let key = world.usb_key(1);
    let programs = world.programs().display();
    format!(
        "\nEverything stays up. The PIN of every USB key is {USER_PIN}. In another terminal:\n\n  \
         export SOFTHSM2_CONF={folder}/usb-keys/{key}/softhsm2.conf   # plugs in the key of {}\n  \
         export WATTKEY_CONFIG={folder}/pcs/cashier/wattkey.toml\n  \
         {programs}/wattkey keys        # then: accounts, bills, bill show, pay, usage, statement\n\n\
         At the issuing desk, where the PIN of the CAs' tokens is {CARD_PIN}:\n\n  \
         export SOFTHSM2_CONF={folder}/usb-keys/manager/softhsm2.conf   # plugs in the manager's key\n  \
         export WATTKEY_ADMIN_CONFIG={folder}/desk/admin.toml\n  \
         {programs}/wattkey-admin list        # then: log, report-lost, reconcile\n\n\
         The books: {programs}/wattkey-platform verify --config {folder}/platform/platform.toml\n\n\
         Logs are in {folder}/logs.",
        sample::CUSTOMERS[1].name,
    )
}

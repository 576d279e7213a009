//! A test's intruder: whoever reaches the platform's listener for security servers, with a USB key
//! or with a security server's card, and asks for something. It prints one line, `let in` or
//! `refused`, with what it heard; it judges nothing.
#![expect(clippy::print_stdout, reason = "what it heard is its output")]

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context as _, Result};
use clap::Parser;
use http::Request;
use hyper::body::Bytes;
use wattkey_pki::{Role, Trust};
use wattkey_token::{Card, Module, Pin};
use wattkey_transport::{Connection, Identity, client_tls};

/// `CKA_ID` of the TLS key in a security server's card.
const CARD_TLS_KEY: &[u8] = &[0x11];
/// Longest answer that is read.
const MAX_ANSWER: usize = 64 * 1024;

#[derive(Parser)]
struct Arguments {
    #[arg(long)]
    module: PathBuf,
    #[arg(long)]
    pin_fd: u32,
    /// The label of a card; without it, the USB key that is plugged in.
    #[arg(long)]
    card: Option<String>,
    #[arg(long)]
    service_ca: PathBuf,
    #[arg(long)]
    platform: String,
    #[arg(long)]
    platform_name: String,
}

fn main() -> Result<ExitCode> {
    if let Some(code) = wattkey_token::host::serve_if_asked() {
        return Ok(code);
    }
    let arguments = Arguments::parse();
    let identity = identity(&arguments)?;
    let tls = client_tls(
        &identity,
        Trust::load(&arguments.service_ca, None)?,
        Role::Platform,
    )?;
    let runtime = tokio::runtime::Runtime::new()?;
    match runtime.block_on(ask(&arguments, tls)) {
        Ok(status) => println!("let in: {status}"),
        Err(error) => println!("refused: {error:#}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn identity(arguments: &Arguments) -> Result<Identity> {
    let module = Module::load(&arguments.module)?;
    let pin = Pin::from_fd(arguments.pin_fd)?;
    if let Some(label) = &arguments.card {
        let card = Card::open(&module, label, &pin)?;
        let certificate = card.certificate(CARD_TLS_KEY)?;
        return Ok(Identity {
            chain: vec![certificate.context("the card has the TLS certificate")?],
            signer: card.signer(CARD_TLS_KEY)?,
        });
    }
    let key = module.usb_keys()?.into_iter().next();
    let key = key
        .context("no USB key")?
        .unlock(&pin)
        .map_err(|refused| refused.error)?;
    Ok(Identity {
        chain: vec![key.authentication_certificate().clone()],
        signer: key.authentication_signer(),
    })
}

async fn ask(arguments: &Arguments, tls: Arc<wattkey_transport::ClientTls>) -> Result<u16> {
    let Arguments {
        platform,
        platform_name,
        ..
    } = arguments;
    let mut connection = Connection::open(platform, platform_name, tls).await?;
    let request = Request::get("/v1/me").header("host", "pay.wattkey.example");
    let answer = connection
        .send(request.body(Bytes::new())?, MAX_ANSWER)
        .await?;
    Ok(answer.status().as_u16())
}

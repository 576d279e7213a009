//! The side of the CA's token.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use wattkey_pki::{Signer, b64u};
use wattkey_token::{Card, KeyUse, Module, provision};

use super::MAX_LINE;
use crate::args::SignerArguments;
use crate::exit::{Failure, Kind, one_line};
use crate::output::Output;
use crate::pins;

/// `CKA_ID` of a CA's key; its token holds no other.
const KEY_ID: &[u8] = &[0x01];
const KEY_LABEL: &str = "ca";

/// Logs in to the CA's token and signs until the other side closes stdout.
pub(crate) fn serve(arguments: &SignerArguments, output: &Output) -> Result<(), Failure> {
    let stream = stdout_socket()?;
    let module = Module::load(&arguments.module)?;
    let card = if arguments.create {
        create(&module, arguments, output)?
    } else {
        open(&module, arguments, output)?
    };
    let signer = card.signer(KEY_ID)?;
    answer(&stream, signer.as_ref()).map_err(|error| Failure::new(Kind::Fault, &error))
}

fn open(
    module: &Arc<Module>,
    arguments: &SignerArguments,
    output: &Output,
) -> Result<Arc<Card>, Failure> {
    let state = crate::usb_key::token_named(module, &arguments.token)?;
    pins::warn(output, state)?;
    let prompt = output.language.pin_of_ca(&arguments.token);
    let pin = pins::ask(arguments.pins.ca_pin_fd, &prompt)?;
    Ok(Card::open(module, &arguments.token, &pin)?)
}

/// A new token with a new key; a token of that label is never touched.
fn create(
    module: &Arc<Module>,
    arguments: &SignerArguments,
    output: &Output,
) -> Result<Arc<Card>, Failure> {
    let token = &arguments.token;
    if module.tokens()?.iter().any(|info| info.label == *token) {
        return Err(Failure::because(
            Kind::Exists,
            format!("a token {token} is there already"),
        ));
    }
    let (pins, language) = (&arguments.pins, output.language);
    let so_pin = pins::ask_new(output, pins.ca_so_pin_fd, &language.so_pin_of_ca(token))?;
    let pin = pins::ask_new(output, pins.ca_pin_fd, &language.new_pin_of_ca(token))?;
    provision::init_token(module, token, &so_pin, &pin)?;
    let card = Card::open(module, token, &pin)?;
    card.generate(KEY_ID, KeyUse::Sign, KEY_LABEL)?;
    Ok(card)
}

fn answer(stream: &UnixStream, signer: &dyn Signer) -> std::io::Result<()> {
    let mut writer = stream;
    let mut reader = BufReader::new(stream);
    let point = b64u::encode(signer.public_key().as_uncompressed());
    writer.write_all(format!("ready {point}\n").as_bytes())?;
    loop {
        let mut line = String::new();
        if (&mut reader).take(MAX_LINE).read_line(&mut line)? == 0 {
            return Ok(());
        }
        let message = line
            .strip_suffix('\n')
            .and_then(|line| line.strip_prefix("sign "))
            .and_then(b64u::decode);
        let answer = match message {
            None => "failed not a request\n".to_owned(),
            Some(message) => match signer.sign(&message) {
                Ok(signature) => format!("signed {}\n", b64u::encode(signature.raw())),
                Err(error) => format!("failed {}\n", one_line(&error)),
            },
        };
        writer.write_all(answer.as_bytes())?;
    }
}

/// stdout, which the other process made a socket.
fn stdout_socket() -> Result<UnixStream, Failure> {
    let stdout = std::io::stdout();
    let fd = stdout
        .as_fd()
        .try_clone_to_owned()
        .map_err(|error| Failure::new(Kind::Fault, &error))?;
    let stream = UnixStream::from(fd);
    stream.peer_addr().map_err(|_| {
        Failure::because(Kind::Usage, "this command is started by wattkey-admin only")
    })?;
    Ok(stream)
}

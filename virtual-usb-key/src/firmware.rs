//! Trussed below the PIV application: platform, backends and service, for one time under power.

mod backends;

use std::{cell::RefCell, rc::Rc};

use littlefs2::object_safe::DynStorageAlloc;
use piv_authenticator::{Authenticator, Options};
use rand_core::OsRng;
use trussed::{
    ClientImplementation, Service,
    pipe::{ServiceEndpoint, TrussedChannel},
    platform::{self, Syscall},
    types::CoreContext,
    virt::{StorageConfig, Store, StoreConfig, UserInterface},
};
use trussed_core::types::PathBuf;

use self::backends::{Backend, Backends, Contexts};
use crate::{flash::Flash, state::State};

/// The PIV application of the firmware.
pub(crate) type Application<'a> = Authenticator<Client<'a>>;

/// The application's way to the service.
pub(crate) type Client<'a> = ClientImplementation<'a, InProcess<'a>, Backends>;

/// The folder of the application inside of the two memories.
const APPLICATION_FOLDER: &str = "piv";

/// Gives the application power until `use_it` returns. Everything volatile is gone afterwards, as
/// in a key that loses its current: a verified PIN, an authenticated management key.
pub(crate) fn under_power<R>(
    state: &State,
    use_it: impl FnOnce(Application<'_>) -> R,
) -> std::io::Result<R> {
    let mut stores = StoreConfig {
        internal: formatted(Flash::new(state.internal.try_clone()?)),
        external: formatted(Flash::new(state.external.try_clone()?)),
        volatile: StorageConfig::ram(),
    };
    Ok(stores.with_store(|store| {
        let channel = TrussedChannel::new();
        let (requester, responder) = channel
            .split()
            .expect("a channel made just now has both its ends");
        let platform = Platform {
            random: OsRng,
            store,
            interface: UserInterface::new(),
        };
        let core = Core {
            service: Service::with_dispatch(platform, Backends::new()),
            endpoints: [ServiceEndpoint::new(
                responder,
                CoreContext::new(folder()),
                backends::ORDER,
            )],
        };
        let syscall = InProcess(Rc::new(RefCell::new(core)));
        let client = Client::new(requester, syscall, None);
        use_it(Authenticator::new(client, Options::new()))
    }))
}

fn formatted<'a>(flash: Flash) -> StorageConfig<'a> {
    StorageConfig {
        storage: Box::new(flash) as Box<dyn DynStorageAlloc>,
        format: false,
    }
}

fn folder() -> PathBuf {
    PathBuf::try_from(APPLICATION_FOLDER).expect("a short ASCII name is a path")
}

/// Trussed's platform with the random generator of the operating system. The one that Trussed
/// ships for tests has a fixed seed: every key would have the same keys.
struct Platform<'a> {
    random: OsRng,
    store: Store<'a>,
    interface: UserInterface,
}

impl<'a> platform::Platform for Platform<'a> {
    type R = OsRng;
    type S = Store<'a>;
    type UI = UserInterface;

    fn rng(&mut self) -> &mut OsRng {
        &mut self.random
    }

    fn store(&self) -> Store<'a> {
        self.store
    }

    fn user_interface(&mut self) -> &mut UserInterface {
        &mut self.interface
    }
}

struct Core<'a> {
    service: Service<Platform<'a>, Backends>,
    endpoints: [ServiceEndpoint<'a, Backend, Contexts>; 1],
}

/// Runs a request in the caller's thread, where the firmware raises an interrupt.
pub(crate) struct InProcess<'a>(Rc<RefCell<Core<'a>>>);

impl Syscall for InProcess<'_> {
    fn syscall(&mut self) {
        let core = &mut *self.0.borrow_mut();
        core.service.process(&mut core.endpoints);
    }
}

//! Which backend answers which request, as the Nitrokey 3 puts them together: RSA in software,
//! files in chunks and sealed keys (staging), PINs (authentication), the rest in Trussed's core.

use trussed::{
    Platform,
    backend::{Backend as _, BackendId},
    serde_extensions::{ExtensionDispatch, ExtensionId, ExtensionImpl},
    service::ServiceResources,
    types::Context,
};
use trussed_auth::AuthExtension;
use trussed_auth_backend::{AuthBackend, AuthContext, FilesystemLayout};
use trussed_chunked::ChunkedExtension;
use trussed_core::{
    Error,
    api::{Reply, Request, reply, request},
    types::Location,
};
use trussed_hpke::HpkeExtension;
use trussed_rsa_alloc::SoftwareRsa;
use trussed_staging::{StagingBackend, StagingContext};
use trussed_wrap_key_to_file::WrapKeyToFileExtension;

/// A request goes to these in order, until one of them knows it.
pub(super) const ORDER: &[BackendId<Backend>] = &[
    BackendId::Custom(Backend::Rsa),
    BackendId::Custom(Backend::Staging),
    BackendId::Custom(Backend::Authentication),
    BackendId::Core,
];

/// The backends besides Trussed's core.
pub(crate) enum Backend {
    Rsa,
    Staging,
    Authentication,
}

/// What the backends remember about the application between two requests.
#[derive(Default)]
pub(crate) struct Contexts {
    staging: StagingContext,
    authentication: AuthContext,
}

/// The backends themselves.
pub(crate) struct Backends {
    staging: StagingBackend,
    authentication: AuthBackend,
}

impl Backends {
    pub(super) fn new() -> Self {
        Self {
            staging: StagingBackend::new(),
            authentication: AuthBackend::new(Location::Internal, FilesystemLayout::V1),
        }
    }
}

/// The requests beyond Trussed's core.
#[derive(Clone, Copy)]
pub(crate) enum Extension {
    Authentication,
    Chunked,
    WrapKeyToFile,
    Hpke,
}

impl From<Extension> for u8 {
    fn from(extension: Extension) -> Self {
        match extension {
            Extension::Authentication => 0,
            Extension::Chunked => 1,
            Extension::WrapKeyToFile => 2,
            Extension::Hpke => 3,
        }
    }
}

impl TryFrom<u8> for Extension {
    type Error = Error;

    fn try_from(id: u8) -> Result<Self, Error> {
        match id {
            0 => Ok(Self::Authentication),
            1 => Ok(Self::Chunked),
            2 => Ok(Self::WrapKeyToFile),
            3 => Ok(Self::Hpke),
            _ => Err(Error::FunctionNotSupported),
        }
    }
}

impl ExtensionId<AuthExtension> for Backends {
    type Id = Extension;
    const ID: Extension = Extension::Authentication;
}

impl ExtensionId<ChunkedExtension> for Backends {
    type Id = Extension;
    const ID: Extension = Extension::Chunked;
}

impl ExtensionId<WrapKeyToFileExtension> for Backends {
    type Id = Extension;
    const ID: Extension = Extension::WrapKeyToFile;
}

impl ExtensionId<HpkeExtension> for Backends {
    type Id = Extension;
    const ID: Extension = Extension::Hpke;
}

impl ExtensionDispatch for Backends {
    type BackendId = Backend;
    type Context = Contexts;
    type ExtensionId = Extension;

    fn core_request<P: Platform>(
        &mut self,
        backend: &Backend,
        context: &mut Context<Contexts>,
        request: &Request,
        resources: &mut ServiceResources<P>,
    ) -> Result<Reply, Error> {
        let core = &mut context.core;
        match backend {
            Backend::Rsa => SoftwareRsa.request(core, &mut (), request, resources),
            Backend::Staging => {
                let own = &mut context.backends.staging;
                self.staging.request(core, own, request, resources)
            }
            Backend::Authentication => Err(Error::RequestNotAvailable),
        }
    }

    fn extension_request<P: Platform>(
        &mut self,
        backend: &Backend,
        extension: &Extension,
        context: &mut Context<Contexts>,
        request: &request::SerdeExtension,
        resources: &mut ServiceResources<P>,
    ) -> Result<reply::SerdeExtension, Error> {
        macro_rules! answer {
            ($extension:ty, $backend:ident) => {
                ExtensionImpl::<$extension>::extension_request_serialized(
                    &mut self.$backend,
                    &mut context.core,
                    &mut context.backends.$backend,
                    request,
                    resources,
                )
            };
        }
        match (backend, extension) {
            (Backend::Authentication, Extension::Authentication) => {
                answer!(AuthExtension, authentication)
            }
            (Backend::Staging, Extension::Chunked) => answer!(ChunkedExtension, staging),
            (Backend::Staging, Extension::WrapKeyToFile) => {
                answer!(WrapKeyToFileExtension, staging)
            }
            (Backend::Staging, Extension::Hpke) => answer!(HpkeExtension, staging),
            _ => Err(Error::RequestNotAvailable),
        }
    }
}

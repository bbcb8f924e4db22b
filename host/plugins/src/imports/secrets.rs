//! `secrets`: handed over, or only compared with.

use wasmtime::component::{ComponentType, LinkerInstance, Lower};

use crate::bindings::secrets::{self, Hash};
use crate::bindings::v0_1;
use crate::guest::{Guest, Stop};
use crate::logs::LogLevel;
use crate::signature::{equal, signed};
use crate::version::InterfaceVersion;
use crate::{Secret, SecretError};

pub(super) fn link(
    interface: &mut LinkerInstance<'_, Guest>,
    version: InterfaceVersion,
) -> wasmtime::Result<()> {
    match version {
        InterfaceVersion::V0_1 => {
            interface.func_wrap(
                "verify-hmac",
                |mut store, (name, hash, data, signature): (String, String, Vec<u8>, Vec<u8>)| {
                    let verified = store.data_mut().verify_hmac(&name, named(&hash)?, &data, &signature)?;
                    Ok((verified.map_err(v0_1::secrets::SecretError::from),))
                },
            )?;
            link_others::<v0_1::secrets::SecretError>(interface)
        }
        InterfaceVersion::V0_2 => {
            interface.func_wrap(
                "verify-hmac",
                |mut store, (name, hash, data, signature): (String, Hash, Vec<u8>, Vec<u8>)| {
                    let verified = store.data_mut().verify_hmac(&name, hash, &data, &signature)?;
                    Ok((verified.map_err(secrets::SecretError::from),))
                },
            )?;
            link_others::<secrets::SecretError>(interface)
        }
    }
}

/// What differs between versions in its error alone.
fn link_others<E>(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()>
where
    E: From<SecretError> + ComponentType + Lower + Send + Sync + 'static,
{
    interface.func_wrap("get", |mut store, (name,): (String,)| {
        let secret = store.data_mut().reveal(&name)?;
        Ok((secret.map_err(E::from),))
    })?;
    interface.func_wrap("verify-equal", |mut store, (name, value): (String, String)| {
        let secret = store.data_mut().secret(&name)?;
        Ok((secret.map(|secret| equal(&secret, &value)).map_err(E::from),))
    })
}

impl Guest {
    fn secret(&mut self, name: &str) -> wasmtime::Result<Result<Secret, SecretError>> {
        let found = self.go_outside(None, |outside, _| outside.secret(name))?;
        if let Err(error) = &found {
            self.log.push(LogLevel::Warn, error.to_string());
        }
        Ok(found)
    }

    /// Hands a secret over, and remembers what must not be seen in what the guest says.
    fn reveal(&mut self, name: &str) -> wasmtime::Result<Result<String, SecretError>> {
        Ok(self.secret(name)?.map(|secret| {
            let text = secret.reveal().to_owned();
            self.known.add(secret);
            text
        }))
    }

    fn verify_hmac(
        &mut self,
        name: &str,
        hash: Hash,
        data: &[u8],
        signature: &[u8],
    ) -> wasmtime::Result<Result<bool, SecretError>> {
        Ok(self.secret(name)?.map(|secret| signed(&secret, hash, data, signature)))
    }
}

/// In 0.1 the hash was a text, and there was no error for one that nobody knows.
fn named(hash: &str) -> wasmtime::Result<Hash> {
    match hash {
        "sha1" => Ok(Hash::Sha1),
        "sha256" => Ok(Hash::Sha256),
        "sha512" => Ok(Hash::Sha512),
        other => {
            let shown: String = other.chars().take(40).collect();
            Err(Stop::Limit(format!("`{shown}` is no hash of a signature: use sha1, sha256 or sha512"))
                .into())
        }
    }
}

impl From<SecretError> for secrets::SecretError {
    fn from(error: SecretError) -> secrets::SecretError {
        match error {
            SecretError::Denied(why) => secrets::SecretError::Denied(why),
            SecretError::Missing(why) => secrets::SecretError::Missing(why),
        }
    }
}

impl From<SecretError> for v0_1::secrets::SecretError {
    fn from(error: SecretError) -> v0_1::secrets::SecretError {
        match error {
            SecretError::Denied(_) => v0_1::secrets::SecretError::NotGranted,
            SecretError::Missing(_) => v0_1::secrets::SecretError::Missing,
        }
    }
}

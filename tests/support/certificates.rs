//! Certificates for a broker and its clients, made anew for each test.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// An authority that signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// What a server needs to prove who it is.
pub struct ServerFiles {
    /// Its certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The authority whose clients it accepts.
    pub authority: PathBuf,
}

impl Authority {
    /// A new authority of this name.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    /// Writes the authority's certificate.
    pub fn write(&self, path: &Path) -> PathBuf {
        write(path, &self.0.pem())
    }

    /// Writes a certificate for `name` and its key below `folder`.
    pub fn issue(&self, folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        let certificate = write(&folder.join(format!("{name}.pem")), &certificate.pem());
        (
            certificate,
            write(&folder.join(format!("{name}.key")), &key.serialize_pem()),
        )
    }

    /// Writes what a server of this name needs below `folder`.
    pub fn server(&self, folder: &Path, name: &str) -> ServerFiles {
        let (certificate, key) = self.issue(folder, name);
        ServerFiles {
            certificate,
            key,
            authority: self.write(&folder.join("authority.pem")),
        }
    }
}

fn write(path: &Path, text: &str) -> PathBuf {
    fs::write(path, text).expect("a temporary file");
    path.to_owned()
}

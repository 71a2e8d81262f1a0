//! Certificates for a broker and its clients, made anew for each test.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};

/// An authority that signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// When a certificate holds, seen from today.
#[derive(Clone, Copy)]
pub enum Validity {
    /// For all our time.
    Now,
    /// It has expired.
    Past,
    /// It does not hold yet.
    Future,
}

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
        self.issue_valid(folder, name, Validity::Now)
    }

    fn issue_valid(&self, folder: &Path, name: &str, validity: Validity) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        match validity {
            Validity::Now => {}
            Validity::Past => params.not_after = date_time_ymd(2001, 1, 1),
            Validity::Future => params.not_before = date_time_ymd(3001, 1, 1),
        }
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
        self.server_valid(folder, name, Validity::Now)
    }

    /// The same, with a certificate that holds at another time.
    pub fn server_valid(&self, folder: &Path, name: &str, validity: Validity) -> ServerFiles {
        let (certificate, key) = self.issue_valid(folder, name, validity);
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

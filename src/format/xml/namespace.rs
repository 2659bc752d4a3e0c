//! Namespaces: which URI a prefix stands for, here and now.

/// An interned namespace URI; [`Namespace::NONE`] is no namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Namespace(u16);

impl Namespace {
    /// No namespace.
    pub const NONE: Namespace = Namespace(0);
}

/// Most URIs and most bindings in force that a file may have.
const MOST: usize = 256;

/// The bindings in force at the current element.
pub(super) struct Namespaces {
    uris: Vec<String>,
    bindings: Vec<Binding>,
    default: Namespace,
}

struct Binding {
    depth: usize,
    prefix: String,
    uri: Namespace,
}

impl Namespaces {
    pub fn new() -> Namespaces {
        Namespaces { uris: vec![String::new()], bindings: Vec::new(), default: Namespace::NONE }
    }

    /// Binds `prefix` (empty: the default) to `uri` for the element at `depth`; `false` when there are too many.
    pub fn bind(&mut self, depth: usize, prefix: &str, uri: &str) -> bool {
        let known = self.uris.iter().position(|u| u == uri);
        let at = known.unwrap_or(self.uris.len());
        if at >= MOST || self.bindings.len() >= MOST {
            return false;
        }
        if known.is_none() {
            self.uris.push(uri.to_string());
        }
        // Proof: `at` is below `MOST`.
        let uri = Namespace(u16::try_from(at).expect("fewer than 65,535 URIs"));
        self.bindings.push(Binding { depth, prefix: prefix.to_string(), uri });
        self.settle();
        true
    }

    /// The element at `depth` has ended: its bindings with it.
    #[inline]
    pub fn leave(&mut self, depth: usize) {
        if self.bindings.last().is_some_and(|b| b.depth >= depth) {
            self.bindings.retain(|b| b.depth < depth);
            self.settle();
        }
    }

    /// The namespace that an element with `prefix` is in; `None` for a prefix that nothing binds.
    #[inline]
    pub fn resolve(&self, prefix: &str) -> Option<Namespace> {
        if prefix.is_empty() {
            return Some(self.default);
        }
        self.bindings.iter().rev().find(|b| b.prefix == prefix).map(|b| b.uri)
    }

    /// The URI.
    pub fn uri(&self, namespace: Namespace) -> &str {
        &self.uris[usize::from(namespace.0)]
    }

    fn settle(&mut self) {
        self.default = self.bindings.iter().rev().find(|b| b.prefix.is_empty()).map_or(Namespace::NONE, |b| b.uri);
    }
}

//! The elements that a message reader knows: a tree of names, each with what it means to the reader.

/// A place in the tree. The message's own root is [`Spot::ROOT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot(u16);

impl Spot {
    /// The message's root element.
    pub const ROOT: Spot = Spot(0);
    /// An element that the reader does not know, or one inside it.
    pub const UNKNOWN: Spot = Spot(u16::MAX);
}

/// The elements below a message's root, by path.
pub(crate) struct Paths<F> {
    nodes: Vec<Node<F>>,
    base: Spot,
}

struct Node<F> {
    name: &'static str,
    parent: Spot,
    field: Option<F>,
    children: Vec<Child>,
}

/// A name to be found fast: its first eight bytes as a number, then its length, then the rest.
struct Child {
    key: u64,
    name: &'static str,
    spot: Spot,
}

/// The first eight bytes of a name.
#[inline]
fn key(name: &str) -> u64 {
    match name.as_bytes().first_chunk::<8>() {
        Some(first) => u64::from_le_bytes(*first),
        None => name.bytes().rev().fold(0, |key, byte| key << 8 | u64::from(byte)),
    }
}

impl Child {
    #[inline]
    fn is(&self, key: u64, name: &str) -> bool {
        // Eight bytes or fewer are all in the key; an element's name has no NUL that could stand for nothing.
        self.key == key && self.name.len() == name.len() && (name.len() <= 8 || self.name == name)
    }
}

impl<F: Copy> Paths<F> {
    /// A tree of nothing but the root.
    pub fn new() -> Paths<F> {
        let root = Node { name: "", parent: Spot::UNKNOWN, field: None, children: Vec::new() };
        Paths { nodes: vec![root], base: Spot::ROOT }
    }

    /// The paths that follow begin inside the element at these paths, one after the other from the root.
    pub fn inside(&mut self, paths: &[&'static str]) {
        self.base = paths.iter().fold(Spot::ROOT, |from, path| self.reach(from, path));
    }

    /// Says that the element at `path`, names joined by `/`, is `field`.
    pub fn add(&mut self, path: &'static str, field: F) {
        let spot = self.reach(self.base, path);
        self.nodes[usize::from(spot.0)].field = Some(field);
    }

    /// Says the same of every pair of `block`, whose paths begin at `path`; an empty one is `path` itself.
    pub fn block<P: Copy>(&mut self, path: &'static str, block: &[(&'static str, P)], field: impl Fn(P) -> F) {
        let top = self.reach(self.base, path);
        for &(below, part) in block {
            let spot = self.reach(top, below);
            self.nodes[usize::from(spot.0)].field = Some(field(part));
        }
    }

    fn reach(&mut self, from: Spot, path: &'static str) -> Spot {
        path.split('/').filter(|name| !name.is_empty()).fold(from, |parent, name| {
            let known = self.child(parent, name);
            if known != Spot::UNKNOWN {
                return known;
            }
            // Proof: the tables are constants of this crate, far below 65,535 names.
            let spot = Spot(u16::try_from(self.nodes.len()).expect("a table of fewer than 65,535 elements"));
            self.nodes.push(Node { name, parent, field: None, children: Vec::new() });
            self.nodes[usize::from(parent.0)].children.push(Child { key: key(name), name, spot });
            spot
        })
    }

    /// The element `name` inside `parent`.
    #[inline]
    pub fn child(&self, parent: Spot, name: &str) -> Spot {
        let Some(node) = self.nodes.get(usize::from(parent.0)) else {
            return Spot::UNKNOWN;
        };
        let key = key(name);
        node.children.iter().find(|child| child.is(key, name)).map_or(Spot::UNKNOWN, |child| child.spot)
    }

    /// What the element means to the reader.
    #[inline]
    pub fn field(&self, spot: Spot) -> Option<F> {
        self.nodes.get(usize::from(spot.0)).and_then(|node| node.field)
    }

    /// The element's name; empty for the root.
    pub fn name(&self, spot: Spot) -> &'static str {
        self.nodes.get(usize::from(spot.0)).map_or("", |node| node.name)
    }

    /// The path of names from the root to `spot`.
    pub fn path(&self, spot: Spot) -> String {
        let mut names = Vec::new();
        let mut at = spot;
        while let Some(node) = self.nodes.get(usize::from(at.0)).filter(|_| at != Spot::ROOT) {
            names.push(node.name);
            at = node.parent;
        }
        names.reverse();
        names.join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_known_by_their_path() {
        let mut paths = Paths::new();
        paths.add("A/B", 1);
        paths.block("A/C", &[("", 2), ("D/E", 3)], |n| n * 10);
        let a = paths.child(Spot::ROOT, "A");
        let e = paths.child(paths.child(paths.child(a, "C"), "D"), "E");
        assert_eq!(paths.field(paths.child(a, "B")), Some(1));
        assert_eq!(paths.field(paths.child(a, "C")), Some(20));
        assert_eq!((paths.field(e), paths.path(e)), (Some(30), "A/C/D/E".to_string()));
        assert_eq!(paths.child(Spot::ROOT, "B"), Spot::UNKNOWN);
        assert_eq!(paths.child(Spot::UNKNOWN, "A"), Spot::UNKNOWN);
    }
}

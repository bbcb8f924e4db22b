//! Lists whose places are used again.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// Things addressed by a small number that stays theirs until they are removed.
#[derive(Clone)]
pub(crate) struct Slab<K, T> {
    places: Vec<Option<T>>,
    free: Vec<u32>,
    keys: PhantomData<K>,
}

/// Declares the kind of number that addresses things of one slab.
macro_rules! place {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(u32);

        impl From<u32> for $name {
            fn from(n: u32) -> $name {
                $name(n)
            }
        }

        impl From<$name> for u32 {
            fn from(place: $name) -> u32 {
                place.0
            }
        }
    };
}
pub(crate) use place;

impl<K, T> Default for Slab<K, T> {
    fn default() -> Slab<K, T> {
        Slab { places: Vec::new(), free: Vec::new(), keys: PhantomData }
    }
}

impl<K: From<u32> + Into<u32>, T> Slab<K, T> {
    /// So that two bits of a number are left over for [`crate::code`].
    const PLACES_MAX: usize = 1 << 30;

    pub(crate) fn insert(&mut self, thing: T) -> K {
        if let Some(place) = self.free.pop() {
            self.places[place as usize] = Some(thing);
            return K::from(place);
        }
        assert!(self.places.len() < Self::PLACES_MAX, "memory ends before a billion things do");
        self.places.push(Some(thing));
        K::from((self.places.len() - 1) as u32)
    }

    pub(crate) fn remove(&mut self, key: K) -> T {
        let place = key.into();
        self.free.push(place);
        self.places[place as usize].take().expect("a key is given up with its thing")
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }
}

impl<K: Into<u32>, T> Index<K> for Slab<K, T> {
    type Output = T;

    fn index(&self, key: K) -> &T {
        self.places[key.into() as usize].as_ref().expect("a key is given up with its thing")
    }
}

impl<K: Into<u32>, T> IndexMut<K> for Slab<K, T> {
    fn index_mut(&mut self, key: K) -> &mut T {
        self.places[key.into() as usize].as_mut().expect("a key is given up with its thing")
    }
}

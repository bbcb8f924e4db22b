//! Components that bring many of what each costs the host something: core instances,
//! memories, tables. No tool chain writes them, so they are put together by hand.

use event::sections;
use testkit::TextGuest;

/// Section of a component that is one core module.
const MODULE: u8 = 1;
/// Section of a component that makes core instances.
const INSTANCES: u8 = 2;

/// A handler that does nothing, and brings so many instances of a module beside it.
pub(crate) fn crowd(name: &str, module: &str, count: u32) -> Vec<u8> {
    let mut component = TextGuest::new(name, "").component();
    // Modules are numbered in the order in which they stand.
    let own = sections(&component).filter(|section| matches!(section, Ok((MODULE, _)))).count();
    let number = u32::try_from(own).unwrap();
    section(&mut component, MODULE, &wat::parse_str(module).unwrap());
    let mut instances = number_of(count);
    for _ in 0..count {
        // An instance of a module, without arguments.
        instances.push(0);
        instances.extend(number_of(number));
        instances.push(0);
    }
    section(&mut component, INSTANCES, &instances);
    component
}

fn section(component: &mut Vec<u8>, id: u8, content: &[u8]) {
    component.push(id);
    component.extend(number_of(u32::try_from(content.len()).unwrap()));
    component.extend(content);
}

/// As WebAssembly writes numbers: seven bits a byte, the lowest first.
fn number_of(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

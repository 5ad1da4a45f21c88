//! Where the processes of one database listen.

use crate::engine::Engine;
use crate::told::at;

pub async fn who_listens_where(engine: Engine) {
    let store = engine.open().await;
    let named = |node: &str, address: &str| (node.to_owned(), address.to_owned());
    store.announce_listener("one", "127.0.0.1:3000", at(10), at(0)).await.unwrap();
    store.announce_listener("two", "192.0.2.7:3000", at(20), at(0)).await.unwrap();
    store.announce_listener("one", "127.0.0.1:3000", at(30), at(0)).await.unwrap();
    let both = [named("one", "127.0.0.1:3000"), named("two", "192.0.2.7:3000")];
    assert_eq!(store.listeners(at(15)).await.unwrap(), both, "each once, as it was last seen");
    assert_eq!(store.listeners(at(25)).await.unwrap(), both[..1], "the other has said nothing since");
    store.announce_listener("one", "127.0.0.1:3000", at(40), at(25)).await.unwrap();
    assert_eq!(store.listeners(at(0)).await.unwrap(), both[..1], "and is forgotten in the end");
    store.withdraw_listeners("one").await.unwrap();
    assert_eq!(store.listeners(at(0)).await.unwrap(), []);
}

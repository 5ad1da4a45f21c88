//! Reads what the server sent into the types of `model`, with as little code as a browser can do it with: the browser itself
//! makes a tree of the text, and each type is taken from the tree. `serde_json`'s own reader would be in the WASM once for each
//! type, with everything that may be wrong about a text; what we sent ourselves is right, or is of no use. Whole numbers
//! beyond 2⁵³ are not told apart, as in all of JavaScript; there are none.

use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

/// Reads `text`.
///
/// # Errors
/// Where it is not what is expected.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    T::deserialize(tree(text).ok_or(Unreadable)?)
}

/// The server sent something else than this page expects: another version answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The server's answer cannot be read. Reload the page.")]
pub struct Unreadable;

impl Error for Unreadable {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

/// JSON, taken apart.
enum Tree {
    Null,
    Bool(bool),
    Whole(i64),
    Number(f64),
    Text(String),
    List(Vec<Tree>),
    Fields(Vec<(String, Tree)>),
}

#[cfg(feature = "hydrate")]
fn tree(text: &str) -> Option<Tree> {
    use js_sys::{Array, JSON, Object};
    use wasm_bindgen::{JsCast, JsValue};

    /// What has no fraction and is exact.
    #[expect(clippy::cast_possible_truncation, reason = "looked at before")]
    fn whole(number: f64) -> Option<i64> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
    }

    fn of(value: &JsValue) -> Tree {
        if let Some(text) = value.as_string() {
            Tree::Text(text)
        } else if let Some(number) = value.as_f64() {
            whole(number).map_or(Tree::Number(number), Tree::Whole)
        } else if let Some(is) = value.as_bool() {
            Tree::Bool(is)
        } else if let Some(list) = value.dyn_ref::<Array>() {
            Tree::List(list.iter().map(|value| of(&value)).collect())
        } else if let Some(fields) = value.dyn_ref::<Object>() {
            let entries = Object::entries(fields);
            let pairs = entries.iter().map(|pair| {
                let pair: Array = pair.unchecked_into();
                (pair.get(0).as_string().unwrap_or_default(), of(&pair.get(1)))
            });
            Tree::Fields(pairs.collect())
        } else {
            Tree::Null
        }
    }

    JSON::parse(text).ok().map(|value| of(&value))
}

#[cfg(not(feature = "hydrate"))]
fn tree(text: &str) -> Option<Tree> {
    use serde_json::Value;

    fn of(value: Value) -> Tree {
        match value {
            Value::Null => Tree::Null,
            Value::Bool(is) => Tree::Bool(is),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Tree::Whole(whole),
                None => Tree::Number(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => Tree::Text(text),
            Value::Array(list) => Tree::List(list.into_iter().map(of).collect()),
            Value::Object(fields) => {
                Tree::Fields(fields.into_iter().map(|(name, value)| (name, of(value))).collect())
            }
        }
    }

    serde_json::from_str(text).ok().map(of)
}

impl<'de> Deserializer<'de> for Tree {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(is) => visitor.visit_bool(is),
            Tree::Whole(number) => visitor.visit_i64(number),
            Tree::Number(number) => visitor.visit_f64(number),
            Tree::Text(text) => visitor.visit_string(text),
            Tree::List(list) => visitor.visit_seq(List(list.into_iter())),
            Tree::Fields(fields) => visitor.visit_map(Fields { rest: fields.into_iter(), value: Tree::Null }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self {
            Tree::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    // What has named fields comes with their names.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        match self {
            Tree::Fields(fields) => visitor.visit_map(Fields { rest: fields.into_iter(), value: Tree::Null }),
            _ => Err(Unreadable),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self {
            Tree::List(list) => visitor.visit_seq(List(list.into_iter())),
            _ => Err(Unreadable),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self {
            Tree::Text(text) => visitor.visit_string(text),
            _ => Err(Unreadable),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_string(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        match self {
            Tree::Text(name) => visitor.visit_enum(Choice { name, value: Tree::Null }),
            Tree::Fields(fields) => {
                let (name, value) = fields.into_iter().next().ok_or(Unreadable)?;
                visitor.visit_enum(Choice { name, value })
            }
            _ => Err(Unreadable),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str bytes byte_buf unit unit_struct tuple_struct map
    }
}

struct List(std::vec::IntoIter<Tree>);

impl<'de> SeqAccess<'de> for List {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        self.0.next().map(|value| seed.deserialize(value)).transpose()
    }
}

struct Fields {
    rest: std::vec::IntoIter<(String, Tree)>,
    value: Tree,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unreadable> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        self.value = value;
        seed.deserialize(Tree::Text(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unreadable> {
        seed.deserialize(std::mem::replace(&mut self.value, Tree::Null))
    }
}

/// A variant: its name, and what it carries.
struct Choice {
    name: String,
    value: Tree,
}

impl<'de> EnumAccess<'de> for Choice {
    type Error = Unreadable;
    type Variant = Tree;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Tree), Unreadable> {
        let name = StringDeserializer::new(self.name);
        Ok((seed.deserialize(name)?, self.value))
    }
}

impl<'de> VariantAccess<'de> for Tree {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unreadable> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_struct("", names, visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Inner(i64);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Point,
        Circle(f64),
        Line(u8, String),
        Named { name: Option<String>, inner: Inner },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Everything {
        a_flag: bool,
        numbers: Vec<(i32, u32)>,
        names: BTreeMap<String, char>,
        #[serde(default)]
        absent: Option<Inner>,
        shapes: Vec<Shape>,
        nothing: (),
    }

    #[test]
    fn whatever_is_written_is_read() {
        let named = |name: Option<&str>| Shape::Named { name: name.map(str::to_owned), inner: Inner(-7) };
        let line = Shape::Line(3, "\u{fc}\n\"".to_owned());
        let all = Everything {
            a_flag: true,
            numbers: vec![(-1, u32::MAX), (0, 0)],
            names: BTreeMap::from([("x".to_owned(), '\u{1f600}')]),
            absent: None,
            shapes: vec![Shape::Point, Shape::Circle(1.5), line, named(None), named(Some(""))],
            nothing: (),
        };
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(read::<Everything>(&text), Ok(all));
        assert_eq!(read::<Result<u8, String>>("{\"Err\":\"x\"}"), Ok(Err("x".to_owned())));
    }

    #[test]
    fn what_is_something_else_is_refused() {
        for text in ["", "{", "[]", "null", "7", "{\"aFlag\":1}", "\"x\""] {
            assert_eq!(read::<Everything>(text), Err(Unreadable), "{text}");
        }
        assert_eq!(read::<Shape>("\"Square\""), Err(Unreadable));
        assert_eq!(read::<u8>("256"), Err(Unreadable));
        assert_eq!(read::<Vec<u8>>("{}"), Err(Unreadable));
    }
}

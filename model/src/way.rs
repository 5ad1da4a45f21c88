//! Which way an account takes to its server: the two answers of its dialog as one.

use crate::ConnectorId;
use serde::{Deserialize, Serialize};

/// Which way an account takes to its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Straight from this machine, whatever is the default.
    #[default]
    Direct,
    /// Through whatever connector is the default at that time; never without one.
    Default,
    /// Through this one.
    Through(ConnectorId),
}

impl Way {
    /// The two answers of the account dialog as one.
    pub fn from_answers(uses: bool, connector: Option<ConnectorId>) -> Self {
        match (uses, connector) {
            (false, _) => Self::Direct,
            (true, None) => Self::Default,
            (true, Some(connector)) => Self::Through(connector),
        }
    }

    /// *Use Network Connector?*
    pub fn uses(self) -> bool {
        self != Self::Direct
    }

    /// *Network Connector*; `None` stands for the default.
    pub fn connector(self) -> Option<ConnectorId> {
        match self {
            Self::Through(connector) => Some(connector),
            Self::Direct | Self::Default => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_answers_are_one_way() {
        let one = ConnectorId(1);
        for (uses, connector, way) in [
            (false, None, Way::Direct),
            (false, Some(one), Way::Direct),
            (true, None, Way::Default),
            (true, Some(one), Way::Through(one)),
        ] {
            assert_eq!(Way::from_answers(uses, connector), way);
            assert_eq!(way.uses(), uses);
        }
    }
}

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use stateright::Model;

use crate::protocol::{Action, Protocol, State};

/// All states of a protocol, and how they lead to one another.
#[derive(Debug, Default)]
pub struct Explored {
    numbers: HashMap<u64, usize>,
    /// How each was reached first.
    reached: Vec<Option<(usize, Action)>>,
    /// What leads to each.
    before: Vec<Vec<usize>>,
    ends: Vec<usize>,
}

/// Visits all states.
#[must_use]
pub fn explore(protocol: &Protocol) -> Explored {
    let mut explored = Explored::default();
    let mut queue = VecDeque::new();
    for state in protocol.init_states() {
        explored.visit(&state, None);
        queue.push_back(state);
    }
    let mut actions = Vec::new();
    for number in 0.. {
        let Some(state) = queue.pop_front() else { break };
        protocol.actions(&state, &mut actions);
        let mut is_end = true;
        for action in actions.drain(..) {
            let Some(next) = protocol.next_state(&state, action) else { continue };
            is_end = false;
            if explored.visit(&next, Some((number, action))) {
                queue.push_back(next);
            }
        }
        explored.ends.extend(is_end.then_some(number));
    }
    explored
}

impl Explored {
    /// How many states there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.reached.len()
    }

    /// The way to a state from which no end can be reached.
    #[must_use]
    pub fn stuck(&self) -> Option<Vec<Action>> {
        let mut can_end = vec![false; self.count()];
        let mut queue = self.ends.clone();
        while let Some(number) = queue.pop() {
            if !std::mem::replace(&mut can_end[number], true) {
                queue.extend(&self.before[number]);
            }
        }
        can_end.iter().position(|can| !can).map(|number| self.way_to(number))
    }

    /// The shortest way to each state, the shortest first.
    pub fn ways(&self) -> impl Iterator<Item = Vec<Action>> {
        (0..self.count()).map(|number| self.way_to(number))
    }

    fn way_to(&self, number: usize) -> Vec<Action> {
        let step = |at: &usize| self.reached[*at].map(|(before, _)| before);
        let states = std::iter::successors(Some(number), step);
        let mut way: Vec<_> = states.filter_map(|at| Some(self.reached[at]?.1)).collect();
        way.reverse();
        way
    }

    /// Whether it is a new one.
    fn visit(&mut self, state: &State, from: Option<(usize, Action)>) -> bool {
        let mut hasher = DefaultHasher::new();
        state.hash(&mut hasher);
        let next = self.numbers.len();
        let number = *self.numbers.entry(hasher.finish()).or_insert(next);
        if number == next {
            self.reached.push(from);
            self.before.push(Vec::new());
        }
        self.before[number].extend(from.map(|(before, _)| before));
        number == next
    }
}

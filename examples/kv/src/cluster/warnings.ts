/** How a node's line begins that an operator must see, whatever else is kept from the screen. */
export const MAY_NOT_VOTE = 'may not vote';

export { Child, type Word } from './child.js';
export { freePlaces, type Places } from './free-places.js';
export { Leadership } from './leadership.js';
export { type NodeWords, serve } from './serve.js';
export { onStage, type Stage } from './stage.js';
export { settingsOf, tell } from './words.js';

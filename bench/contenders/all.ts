import type { Contender } from './contender.ts';
import { OURS } from './ours.ts';
import { PEERS } from './peers.ts';

export const CONTENDERS: Readonly<Record<string, Contender>> = { ...PEERS, ...OURS };

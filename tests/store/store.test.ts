import { describeStore, LONG } from './store-contract.ts';
import { inFile, inFileWithoutThread, inMemory } from './worlds.ts';

describeStore({ name: 'memory:', create: inMemory(LONG), keeps: false, pasts: 30 });
describeStore({ name: 'sqlite:PATH', create: inFile(LONG), keeps: true, pasts: 6 });
describeStore({ name: 'sqlite:PATH without its thread', create: inFileWithoutThread(LONG), keeps: true, pasts: 40 });

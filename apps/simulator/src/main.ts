import 'reflect-metadata';
import { runApp } from '#config/run-app';
import { startSimulator } from './start';

const stopMsMax = 10_000;

runApp('simulator', stopMsMax, startSimulator);

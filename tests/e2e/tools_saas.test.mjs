// See lib/tool_suite.mjs.
import { playTables } from './lib/tool_suite.mjs';

playTables('saas');

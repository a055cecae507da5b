import { describeForms } from './forms.suite.ts';

describeForms('on Node');

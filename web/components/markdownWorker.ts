/** Runs in a Web Worker: some texts keep the parser busy for minutes, and the page ends it. */
import { answerQuestions } from '../lib/inference/answering.ts';
import { markdownTree } from './markdownTree.ts';

answerQuestions(markdownTree);

/**
 * Signatures and templates: their pages under the settings, and what letters need of them.
 *
 *     needs (server) ──> filled (placeholders, safe, pictures as parts) ──> the letter
 */
export { SignaturesPage, TemplatesPage } from "./BoilerplatePage";

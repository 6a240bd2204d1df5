import button from "moments/copy-button.js";

export default button;

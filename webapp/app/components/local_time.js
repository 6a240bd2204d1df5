import time from "moments/local-time.js";

export default time;
